"""Apply the review's decisions."""

from dataclasses import dataclass
from typing import ClassVar

from f2a_manifests import Unit, Workspace, decisions


@dataclass(frozen=True, slots=True)
class Review:
    """No options: the decisions are in the workspace's log."""

    name: ClassVar[str] = "review"
    version: ClassVar[int] = 1
    owns: ClassVar[tuple[str, ...]] = ("decision",)

    def __call__(self, workspace: Workspace, units: list[Unit]) -> None:
        """Fill ``decision``, and drop the faces that were dropped in the review."""
        decisions.apply(units, workspace.decisions_log)
