"""Apply the review's decisions."""

from dataclasses import dataclass
from typing import ClassVar

from f2a_engine.stages import TableStage
from f2a_manifests import Unit, Workspace, decisions


@dataclass(frozen=True, slots=True)
class Review(TableStage):
    """Apply the decisions made with f2a-review."""

    name: ClassVar[str] = "review"
    after: ClassVar[str] = "clean"
    owns: ClassVar[tuple[str, ...]] = ("decision",)
    reads: ClassVar[tuple[str, ...]] = ("box_x", "box_y", "box_w", "box_h")
    reads_decisions: ClassVar[bool] = True

    def __call__(self, workspace: Workspace, units: list[Unit]) -> None:
        """Fill ``decision``, and drop the faces that were dropped in the review."""
        decisions.apply(units, workspace.decisions_log)
