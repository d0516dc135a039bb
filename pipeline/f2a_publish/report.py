"""The result of a rebuild, in counts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from f2a_manifests import ExitCode, Reason, Record, Unit
from f2a_publish.original import STAGE
from f2a_publish.published import Published

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Report:
    """The result.

    Attributes:
        images: how many images had to be fetched.
        crops: how many crops the set has.
        same: how many of them have the published pixels here.
        missed: what could not be rebuilt: the ids of images, and of faces whose crop differs, by reason.
    """

    images: int
    crops: int
    same: int
    missed: dict[Reason, list[str]]

    @classmethod
    def of(cls, published: Published, units: Sequence[Unit]) -> "Report":
        """Count the rows of a rebuilt workspace."""
        missed = defaultdict(list)
        for unit in filter(published.needed, units):
            for row in _failed(unit):
                missed[row.reason].append(row.id)
        faces = [face for unit in units for face in unit.faces]
        same = sum(bool(face.path) and face.stage != STAGE for face in faces)
        return cls(sum(map(published.needed, units)), len(published.crops), same, dict(missed))

    @property
    def code(self) -> ExitCode:
        """`ExitCode.ROW_ERRORS` if anything is missing or differs."""
        return ExitCode.ROW_ERRORS if self.missed else ExitCode.OK

    def __str__(self) -> str:
        """The last lines that the command prints."""
        reasons = sorted(self.missed.items(), key=lambda item: -len(item[1]))
        lines = [f"{len(ids):6}  {reason}: {reason.meaning}: {_some(ids)}" for reason, ids in reasons]
        count = sum(map(len, self.missed.values()))
        end = f"rebuild: {self.same} of {self.crops} crops are as published; {count} images or faces are not"
        return "\n".join([*lines, end])


def _failed(unit: Unit) -> Iterable[Record]:
    if unit.image.stage == STAGE:
        return [unit.image]
    return [face for face in unit.faces if face.stage == STAGE]


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")
