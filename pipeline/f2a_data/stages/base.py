"""What a stage is. Adding one is one file, and one line in ``stages/__init__.py``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from f2a_manifests import Unit, Workspace


class Stage(Protocol):
    """A frozen dataclass whose fields are its options.

    Attributes:
        name: the command's name, and what stands in the ``stage`` column of rows it takes out.
        version: raised when the same options give other results.
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
    """What a source's images are from.

    Attributes:
        label: what stands in the column ``source`` of its rows.
        place: where they are, in a text that another place does not have.
        named: whether a person has chosen the label.
        complete: whether the source brings all that its place holds, each time.
        drops_missing: whether images that its place holds no more are dropped.
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
        """Bring images into the workspace and yield a unit each; a second call goes on where one stopped."""


def identity(stage: Stage) -> str:
    """All that decides a stage's results: its options with the detector's version, and its own version."""
    return f"{stage!r} version {stage.version}"
