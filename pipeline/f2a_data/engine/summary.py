"""What a stage did, in one line."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from f2a_manifests import ExitCode, Status, Unit


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of one stage.

    Attributes:
        stage: its name.
        images: image rows by status.
        faces: face rows by status.
        errors: images on which this stage failed, or on some of their faces.
    """

    stage: str
    images: Counter[Status]
    faces: Counter[Status]
    errors: int

    @property
    def code(self) -> ExitCode:
        """`ExitCode.ROW_ERRORS` where there were errors."""
        return ExitCode.ROW_ERRORS if self.errors else ExitCode.OK

    def __str__(self) -> str:
        """The last line a command prints."""
        images, faces = (
            f"{rows[Status.KEEP]} kept, {rows[Status.DROP]} dropped, {rows[Status.ERROR]} in error"
            for rows in (self.images, self.faces)
        )
        return f"{self.stage}: images: {images}; faces: {faces}; {self.errors} errors"


def summarise(stage: str, units: Sequence[Unit]) -> Summary:
    """Count the rows after a stage."""
    images = Counter(unit.image.status for unit in units)
    faces = Counter(face.status for unit in units for face in unit.faces)
    return Summary(stage, images, faces, errors_of(units, stage))


def errors_of(units: Sequence[Unit], stage: str) -> int:
    """How many images a stage failed on, or on some of their faces."""
    return sum(
        any(row.stage == stage and row.status is Status.ERROR for row in (unit.image, *unit.faces))
        for unit in units
    )
