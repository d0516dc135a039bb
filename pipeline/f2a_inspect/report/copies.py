"""Exact and near copies, each next to the face that it is a copy of."""

from collections.abc import Sequence
from dataclasses import dataclass

from f2a_inspect.report.pictures import Album, Picture
from f2a_inspect.report.sampling import by_key, largest, sample
from f2a_inspect.report.sheets import FaceInImage, Tile, is_copy, measures, tile
from f2a_manifests import Reason, Record

KINDS = 4
GROUPS = 24
COPIES = 4


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """A face and some of its copies, which were dropped.

    Attributes:
        kept: whether the face itself is still in.
        more: copies that are not shown.
    """

    original: Tile
    kept: bool
    copies: list[Tile]
    more: int


@dataclass(frozen=True, slots=True)
class CopySheet:
    """Groups under a heading, chosen from ``total``."""

    title: str
    total: int
    groups: list[CopyGroup]


def copy_sheets(faces: Sequence[FaceInImage], album: Album) -> list[CopySheet]:
    """Exact and near copies, each next to the face it is a copy of."""
    by_id = {each.face.id: each for each in faces}
    copies = [each for each in faces if is_copy(each.face)]
    kinds = largest(by_key(copies, lambda each: each.face.reason), KINDS)
    return [_copy_sheet(kind, of, by_id, album) for kind, of in kinds.items()]


def _copy_sheet(
    kind: Reason, copies: list[FaceInImage], by_id: dict[str, FaceInImage], album: Album
) -> CopySheet:
    groups = list(by_key(copies, lambda each: each.face.dup_group).items())
    chosen = sample(groups, GROUPS, lambda group: group[0])
    shown = [_copy_group(by_id.get(best), of, album) for best, of in chosen]
    return CopySheet(kind.meaning, len(groups), shown)


def _copy_group(best: FaceInImage | None, copies: list[FaceInImage], album: Album) -> CopyGroup:
    shown = sample(copies, COPIES, lambda each: each.face.id)
    tiles = [tile(each, album, _particulars(each.face)) for each in shown]
    return CopyGroup(
        _original(best, album), best is not None and best.face.kept, tiles, len(copies) - len(shown)
    )


def _original(best: FaceInImage | None, album: Album) -> Tile:
    if best is None:
        return Tile(Picture(missing="its row is missing"), "the face it is a copy of has no row")
    return tile(best, album, measures(best.face) if best.face.kept else f"later: {best.face.why}")


def _particulars(face: Record) -> str:
    """What is not said by the heading, nor by the original beside it."""
    return "same bytes" if face.reason is Reason.EXACT_COPY else face.detail
