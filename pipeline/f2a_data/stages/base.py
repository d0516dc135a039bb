"""What a stage is. To add one, add a file and a line in ``stages/__init__.py``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from f2a_manifests import Unit, Workspace


class Stage(Protocol):
    """A frozen dataclass whose fields are its options.

    Attributes:
        name: the command's name, and the ``stage`` column of rows that it drops.
        version: increase it when the same options give other results.
        owns: the columns of face rows that it fills; they are emptied before it runs again.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    owns: ClassVar[tuple[str, ...]]


class UnitStage(Stage, Protocol):
    """Works on one image and its faces at a time: journaled, in parallel. Must survive pickling."""

    def __call__(self, workspace: Workspace, unit: Unit) -> Unit:
        """Return the unit with its rows changed; an exception makes its rows errors."""


class TableStage(Stage, Protocol):
    """Needs all rows at once, and takes seconds."""

    def __call__(self, workspace: Workspace, units: list[Unit]) -> None:
        """Change the rows in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOrigin:
    """Where a source's images come from.

    Attributes:
        label: the column ``source`` of its rows.
        place: a unique text for where they are.
        named: whether the user chose the label.
        complete: whether the source always gives everything at its place.
        drops_missing: whether images that are no longer there are dropped.
    """

    label: str
    place: str
    named: bool = False
    complete: bool = False
    drops_missing: bool = False


class Source(Protocol):
    """Where images come from. A frozen dataclass whose fields are its options.

    Attributes:
        name: the command's name.
    """

    name: ClassVar[str]

    @property
    def origin(self) -> SourceOrigin:
        """What its images are from."""

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Import images into the workspace and yield a unit each; a second call continues the first."""


def identity(stage: Stage) -> str:
    """All that a stage's results depend on: its options with the detector's version, and its own version."""
    return f"{stage!r} version {stage.version}"
