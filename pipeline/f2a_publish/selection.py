"""Which rows are published, and what is left out of them because it is nobody else's business."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from f2a_data.sources.origins import LOCAL, origin_of
from f2a_manifests import Reason, Record, Unit
from f2a_publish.addresses import public_url

# Their details are numbers of our own. Those of other reasons may quote a library, and with it a path.
_PLAIN = frozenset(
    (
        Reason.TOO_SMALL, Reason.BOX_OUTSIDE, Reason.NOT_ALIGNED, Reason.TOO_MANY_PIXELS,
        Reason.NOT_A_STILL_IMAGE, Reason.OTHER_RATING, Reason.NEAR_COPY, Reason.MIRRORED_COPY,
        Reason.REDRAWN, Reason.VARIANT,
    )
)  # fmt: skip


@dataclass(slots=True)
class Selection:
    """What is published.

    Attributes:
        units: copies of the images and faces.
        local: how many images of own folders were left out, by source.
        removed: how many images were left out because ``f2a-data remove`` took them out.
    """

    units: list[Unit] = field(default_factory=list)
    local: Counter[str] = field(default_factory=Counter)
    removed: int = 0

    def __str__(self) -> str:
        """What a command prints."""
        faces = sum(len(unit.faces) for unit in self.units)
        lines = [f"{len(self.units)} images with {faces} faces"]
        if local := sum(self.local.values()):
            names = ", ".join(sorted(self.local))
            lines.append(f"left out: {local} images of own folders ({names}); others cannot rebuild them")
        if self.removed:
            lines.append(f"left out: {self.removed} images removed with f2a-data remove")
        return "\n".join(lines)


def select(units: Iterable[Unit], *, with_local: bool) -> Selection:
    """Choose the images whose rows can be published, and remove private data from the rows.

    Args:
        units: a workspace's.
        with_local: include images of own folders, under the names of their files.
    """
    chosen = Selection()
    for unit in units:
        if unit.image.reason is Reason.REMOVED:
            chosen.removed += 1
        elif origin_of(unit.image) is LOCAL and not with_local:
            chosen.local[unit.image.source] += 1
        else:
            chosen.units.append(Unit(_cleaned(unit.image), [_cleaned(face) for face in unit.faces]))
    _rename_groups([face for unit in chosen.units for face in unit.faces])
    return chosen


def _cleaned(row: Record) -> Record:
    detail = row.detail if row.reason in _PLAIN else ""
    return replace(row, source_url=public_url(row.source_url), detail=detail)


def _rename_groups(faces: Sequence[Record]) -> None:
    """A group of copies is named after one of its faces; where that one is left out, after another."""
    known = {face.id for face in faces}
    groups = defaultdict(list)
    for face in faces:
        if face.dup_group and face.dup_group not in known:
            groups[face.dup_group].append(face)
    for members in groups.values():
        name = min(face.id for face in members) if len(members) > 1 else ""
        for face in members:
            face.dup_group = name
