"""The files in ``crops/``: list them, and delete those that no row uses."""

import os
import re
from collections.abc import Iterator

from f2a_manifests import Workspace
from f2a_manifests import parquet as files
from f2a_manifests.shards import Layer, Snapshot

_CROP = re.compile(r"[0-9a-f]{32}\.png")


def crops_on_disk(workspace: Workspace) -> frozenset[str]:
    """The crops' paths, relative to the workspace, without other files."""
    return frozenset(_crops(workspace))


def named_crops(workspace: Workspace, layer: Layer) -> set[str]:
    """The crops that a stage's file for a shard names."""
    cells = files.read(workspace.shards, layer, ["path"])[2].get("path", [])
    return set(cells) - {""}


def remove_stale_crops(workspace: Workspace, shards: Snapshot) -> None:
    """Delete crops that no row uses any more, for example of other options; `verify` would report them."""
    if not shards.chains:  # if the disk with shards/ is gone, all crops would look unused
        return
    there = set(_crops(workspace))
    for chain in shards.chains.values():
        there.difference_update(files.merged(workspace.shards, chain, (), ["path"])[1].get("path", ()))
    for path in there:
        (workspace.root / path).unlink(missing_ok=True)


def _crops(workspace: Workspace) -> Iterator[str]:
    for folder in (workspace.root / "crops").glob("*/"):
        names = filter(_CROP.fullmatch, os.listdir(folder))  # noqa: PTH208 -- a million names, not paths
        yield from (f"crops/{folder.name}/{name}" for name in names)
