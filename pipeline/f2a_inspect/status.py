"""``status``: what is done in a workspace, and what comes next."""

from typing import Any

from f2a_engine import state
from f2a_inspect.funnel import counts_of
from f2a_manifests import Status, Workspace


def facts_of(workspace: Workspace) -> dict[str, Any]:
    """What ``f2a-data status --json`` prints: counts, the stages that are done, and the next command."""
    counts = counts_of(workspace)
    shards = state.snapshot(workspace)
    outstanding = state.outstanding(workspace, shards)
    images = counts.images.total()
    return {
        "workspace": str(workspace.root),
        "images": images,
        "faces": counts.by_status("faces")[Status.KEEP],
        "done": state.read(workspace, shards),
        "outstanding": outstanding,
        "next": f"f2a-data {outstanding[0]}" if images and outstanding else "" if images else "a source",
    }
