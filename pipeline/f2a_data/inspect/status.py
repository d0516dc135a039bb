"""``status``: what is done in a workspace, and what comes next."""

from typing import Any

from f2a_data.engine import state
from f2a_manifests import Workspace


def facts_of(workspace: Workspace) -> dict[str, Any]:
    """What ``f2a-data status --json`` prints: counts, the stages that are done, and the next command."""
    units = workspace.load()
    outstanding = state.outstanding(workspace)
    return {
        "workspace": str(workspace.root),
        "images": len(units),
        "faces": sum(face.kept for unit in units for face in unit.faces),
        "done": state.read(workspace),
        "outstanding": outstanding,
        "next": f"f2a-data {outstanding[0]}" if units and outstanding else "" if units else "a source",
    }
