"""Contact sheets: which faces and images are shown under which heading."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from f2a_inspect.report.pictures import Album, Picture
from f2a_inspect.report.sampling import by_key, largest, sample
from f2a_manifests import Decision, Record, Status, Subset, Unit
from f2a_page.text import shorten

PER_SPLIT = 60
PER_HEADING = 30
HEADINGS = 10
MISSES = 18
_MISS_SIDE = 128


class FaceInImage(NamedTuple):
    """A face row with the row of the image it is in."""

    face: Record
    image: Record


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a sheet.

    Attributes:
        picture: what is seen.
        alt: the same in words.
        caption: what stands below it; may be empty.
    """

    picture: Picture
    alt: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Tiles under a heading, chosen from ``total`` faces."""

    title: str
    total: int
    tiles: list[Tile]


def faces_in_images(units: Iterable[Unit]) -> list[FaceInImage]:
    """All faces, in the order of the manifest."""
    return [FaceInImage(face, unit.image) for unit in units for face in unit.faces]


def kept_sheets(faces: Sequence[FaceInImage], album: Album) -> list[Sheet]:
    """The kept faces by split: train, val, test, then those without one."""
    order = (Subset.TRAIN, Subset.VAL, Subset.TEST, Subset.NONE)
    groups = by_key((each for each in faces if each.face.kept), lambda each: each.face.split)
    return [
        _sheet(split or "no split yet", groups[split], PER_SPLIT, album, lambda _: "")
        for split in order
        if split in groups
    ]


def flagged_sheets(faces: Sequence[FaceInImage], album: Album) -> list[Sheet]:
    """The kept faces that have a flag, by flag; a face with two is in both."""
    flagged = [(flag, each) for each in faces if each.face.kept for flag in each.face.flags]
    groups = largest(by_key(flagged, itemgetter(0)), HEADINGS)
    return [
        _sheet(flag, [each for _, each in pairs], PER_HEADING, album, partial(_doubts, flag))
        for flag, pairs in groups.items()
    ]


def dropped_sheets(faces: Sequence[FaceInImage], album: Album) -> list[Sheet]:
    """The dropped faces by reason, without the copies."""
    out = [each for each in faces if each.face.status is Status.DROP and not is_copy(each.face)]
    groups = largest(by_key(out, lambda each: (each.face.stage, each.face.reason)), HEADINGS)
    return [
        _sheet(f"{reason.meaning} ({stage})", of, PER_HEADING, album, _details)
        for (stage, reason), of in groups.items()
    ]


def missed_sheets(images: Sequence[Record], album: Album) -> list[Sheet]:
    """The images that were dropped, by reason, as far as they have a file."""
    out = [image for image in images if image.status is Status.DROP and image.path]
    groups = largest(by_key(out, lambda image: image.reason), HEADINGS)
    return [
        Sheet(
            reason.meaning,
            len(of),
            [_image_tile(image, album) for image in sample(of, MISSES, lambda row: row.id)],
        )
        for reason, of in groups.items()
    ]


def name_of(row: Record) -> str:
    """A name by which the user can identify the row: its source and its name there."""
    return shorten(f"{row.source} {row.source_id or row.path or row.id}")


def describe(face: Record) -> str:
    """A face in words."""
    state = f"kept, {face.split or 'no split yet'}" if face.kept else f"{face.status.value}: {face.why}"
    parts = [f"{face.domain.value} face", name_of(face), measures(face), state]
    return shorten(", ".join(part for part in parts if part), 200)


def _sheet(
    title: str, faces: Sequence[FaceInImage], most: int, album: Album, caption: Callable[[Record], str]
) -> Sheet:
    chosen = sample(faces, most, lambda each: each.face.id)
    return Sheet(shorten(title), len(faces), [tile(each, album, caption(each.face)) for each in chosen])


def tile(each: FaceInImage, album: Album, caption: str) -> Tile:
    """A face with its description."""
    return Tile(album.face(*each), describe(each.face), shorten(caption))


def _image_tile(image: Record, album: Album) -> Tile:
    return Tile(album.image(image, _MISS_SIDE), f"{name_of(image)}: {shorten(image.why)}")


def is_copy(face: Record) -> bool:
    """Whether ``dedup`` dropped the face for another."""
    return face.status is Status.DROP and face.stage == "dedup" and bool(face.dup_group)


def _doubts(flag: str, face: Record) -> str:
    """What else is known about a flagged face: its measures, its other flags, and the decision."""
    others = [f"also {other}" for other in face.flags if other != flag]
    seen = ["kept in the review"] if face.decision is Decision.KEEP else []
    return "; ".join([*seen, measures(face), *others])


def _details(face: Record) -> str:
    """What the heading, the reason's meaning, does not say."""
    return face.detail or measures(face)


def measures(face: Record) -> str:
    """Size of the box and score, as far as they are known."""
    size = f"{face.box_w}x{face.box_h} px" if face.box_w is not None else ""
    score = f"score {face.score:.3g}" if face.score is not None else ""
    return ", ".join(part for part in (size, score) if part)
