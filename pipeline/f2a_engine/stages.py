"""The interface of stages, and their registry. `docs/extend.md` shows how to add one."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cache
from typing import ClassVar

from f2a_manifests import COLUMNS, ExitCode, FatalError, Unit, Workspace
from f2a_manifests.registry import Registry


class Stage(ABC):
    """A frozen dataclass, registered in the entry-point group ``f2a.stages``; subclass one of those below.

    Its fields are the options of its command and of its table in ``f2a.toml``, see
    `f2a_manifests.options`; its docstring is the command's help.

    Attributes:
        name: the command's name, and the ``stage`` column of rows that it drops.
        after: the stage that it follows.
        version: increase it when results change.
        owns: the columns of face rows that it fills; they are cleared before it runs again.
        first: stages that its command runs before it.
    """

    name: ClassVar[str]
    after: ClassVar[str]
    version: ClassVar[int] = 1
    owns: ClassVar[tuple[str, ...]] = ()
    first: ClassVar[tuple[str, ...]] = ()


class UnitStage(Stage):
    """Processes one image and its faces at a time, in parallel. Must be picklable."""

    def prepare(self, workspace: Workspace, units: list[Unit]) -> None:
        """Change a shard's rows before they are processed, from other data in the workspace."""

    def touched(self, workspace: Workspace) -> frozenset[str]:  # noqa: ARG002 -- for subclasses
        """The SHA-256 of images that `prepare` may change; their shards are always processed."""
        return frozenset()

    def complete(self, workspace: Workspace, unit: Unit) -> None:
        """Fill in what an earlier version left out of a unit that is finished, in columns of `OWN` only."""

    @abstractmethod
    def __call__(self, workspace: Workspace, unit: Unit) -> Unit:
        """Return the unit with changed rows; after an exception its rows are errors."""


class TableStage(Stage):
    """Processes all rows at once, in seconds.

    Attributes:
        reads: the columns of face rows that it reads, besides ids, status, flags and what it owns.
        reads_decisions: whether its result also depends on the log of the review.
    """

    reads: ClassVar[tuple[str, ...]] = COLUMNS
    reads_decisions: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, workspace: Workspace, units: list[Unit]) -> None:
        """Change the face rows in place.

        Args:
            workspace: the workspace.
            units: the images that have faces, with these columns only; of image rows ``id``, ``domain``,
                ``group`` and, if the stage reads decisions and there are any, ``sha256``.
        """


def identity(stage: Stage) -> str:
    """What a stage's results depend on: its options, including the detector's version, and its version."""
    return f"{stage!r} version {stage.version}"


STAGES = Registry[Stage]("f2a.stages", "stage")


def is_built_in(stage: type[Stage]) -> bool:
    """Whether a stage is part of this toolkit; ``run`` always runs these."""
    return stage.__module__.startswith("f2a_data.stages.")


@cache
def order() -> tuple[type[Stage], ...]:
    """All installed stages in the order in which they run.

    Each comes right after its ``after``. If several have the same, those of other packages come first, by
    name.

    Raises:
        FatalError: a stage's ``after`` is not installed.
    """
    stages = sorted(map(STAGES.load, STAGES.names()), key=lambda stage: (is_built_in(stage), stage.name))
    ordered = tuple(_following("", stages))
    for stage in stages:
        if stage not in ordered or not (stage.after or is_built_in(stage)):
            raise FatalError(
                f"{stage.__module__}: the stage {stage.name!r} runs after {stage.after!r}, "
                "which is not installed; install it, or uninstall this package",
                ExitCode.USAGE,
            )
    return ordered


@cache
def order_names() -> tuple[str, ...]:
    """The names of `order`."""
    return tuple(stage.name for stage in order())


def _following(name: str, stages: Sequence[type[Stage]]) -> Iterator[type[Stage]]:
    for stage in stages:
        if stage.after == name:
            yield stage
            yield from _following(stage.name, stages)
