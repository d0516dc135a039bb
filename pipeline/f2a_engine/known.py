"""What a workspace knows of a source's images already."""

from collections.abc import Iterator

from f2a_manifests import Record, Workspace, parquet
from f2a_manifests.shards import Snapshot, digest

REMOVED_BY = "remove"
"""The stage of image rows that `f2a-data remove` took out."""


def known_images(workspace: Workspace, source: str) -> Iterator[tuple[Record, float]]:
    """The image rows of a source, each with the time at which it was written, in seconds."""
    recipe = digest([source])
    for chain in Snapshot(workspace.shards, ()).chains.values():
        path = workspace.shards / chain[0].name
        if chain[0].recipe == recipe:
            images, _ = parquet.merged(workspace.shards, chain, of_faces=())
            yield from ((row, path.stat().st_mtime) for row in parquet.records(images, path))


def removed_posts(workspace: Workspace, source: str) -> tuple[int, ...]:
    """The numbers of a booru's posts that must not be fetched again."""
    rows = (row for row, _ in known_images(workspace, source) if row.stage == REMOVED_BY)
    return tuple(sorted(int(row.source_id) for row in rows if row.source_id.isdecimal()))
