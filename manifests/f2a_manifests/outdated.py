"""Check that the CSV manifests are up to date, for programs that read only them."""

import json
from pathlib import Path

from f2a_manifests.errors import FatalError
from f2a_manifests.workspace import Workspace


def published_note(workspace: Workspace) -> Path:
    """The file in which `f2a_engine.manifests` records what it published."""
    return workspace.shards / "published.json"


def refuse_outdated(workspace: Workspace) -> None:
    """Refuse CSV manifests that are older than the shards.

    Manifests without shards are never out of date.

    Raises:
        FatalError: they are out of date; the message says what to do.
    """
    try:
        behind = json.loads(published_note(workspace).read_bytes())["behind"]
    except (OSError, ValueError, TypeError, KeyError):
        return
    if behind:
        raise FatalError(
            f"the CSV manifests in {workspace.manifests} are older than the workspace (above a million rows "
            "they are written on demand): run f2a-data manifests first"
        )
