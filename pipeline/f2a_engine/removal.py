"""Remove images permanently: files and crops are deleted, rows stay with the reason."""

import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from f2a_engine import state
from f2a_engine.edited import import_edited, rewrite
from f2a_engine.known import REMOVED_BY, removed_images
from f2a_engine.layers import load
from f2a_engine.lock import everything_locked, locked
from f2a_engine.manifests import edited_rows, publish
from f2a_manifests import ExitCode, FatalError, Reason, Record, Unit, Workspace, parquet
from f2a_manifests.shards import Chain, Snapshot
from f2a_manifests.table import Columns

_SELECTED_BY = ("id", "source", "source_id", "source_md5", "artist", "stage")


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects images: all given fields must match, each with any of its values.

    Attributes:
        sources: names of sources.
        ids: of images, or of faces in them.
        posts: numbers of a booru's posts.
        artists: names in the column ``artist``.
    """

    sources: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()

    def has(self, unit: Unit) -> bool:
        """Whether an image is selected; without any field none is."""
        image = unit.image
        return self._matches(
            [image.source],
            [image.id, *(face.id for face in unit.faces)],
            [image.source_id] if image.source_md5 else [],
            image.artist.split(),
        )

    def may_be_in(self, images: Columns, faces: Columns) -> bool:
        """Whether each of the given fields has one of its values somewhere in these rows."""
        return self._matches(
            images["source"],
            [*images["id"], *faces.get("id", ())],
            images["source_id"],
            " ".join(images["artist"]).split(),
        )

    def _matches(self, *values: list[str]) -> bool:
        wanted = (self.sources, self.ids, self.posts, self.artists)
        asked = [pair for pair in zip(wanted, values, strict=True) if pair[0]]
        return bool(asked) and all(not set(some).isdisjoint(there) for some, there in asked)

    def __str__(self) -> str:
        """As text, for a row's detail."""
        parts = {"source": self.sources, "id": self.ids, "post": self.posts, "artist": self.artists}
        return ", ".join(f"{name} {' or '.join(values)}" for name, values in parts.items() if values)


def select(workspace: Workspace, selection: Selection) -> list[Unit]:
    """The images that would be removed.

    Raises:
        FatalError: there are none.
    """
    rows = edited_rows(workspace)
    shards = iter([rows]) if rows else _shards_with(workspace, selection)
    chosen = [
        unit for units in shards for unit in units if selection.has(unit) and unit.image.stage != REMOVED_BY
    ]
    if not chosen:
        raise FatalError(f"no image matches {selection}", ExitCode.NO_RESULTS)
    return chosen


def _shards_with(workspace: Workspace, selection: Selection) -> Iterator[list[Unit]]:
    """The shards that may have some; to make rows of all the others would take minutes."""
    for chain in state.snapshot(workspace).chains.values():
        images, faces = parquet.merged(workspace.shards, chain, _SELECTED_BY, ("id", "parent"))
        if selection.may_be_in(images, faces):
            yield parquet.units(images, faces, workspace.shards / chain[0].name)


def remove(workspace: Workspace, selection: Selection, why: str = "") -> list[Unit]:
    """Remove the selected images.

    Args:
        workspace: the workspace.
        selection: the images.
        why: for the column ``detail``.

    Returns:
        The removed images.

    Raises:
        FatalError: nothing is selected, another command works in the workspace, or it cannot be written.
    """
    with locked(workspace, "remove"):
        import_edited(workspace, "remove")
        with everything_locked(workspace, "remove"):
            done = state.read(workspace)
            chosen = select(workspace, selection)
            ids = {unit.image.id for unit in chosen}
            drop(workspace, ids, REMOVED_BY, Reason.REMOVED, str(why or selection)[:200])
            state.say_changed(workspace, done, REMOVED_BY)
            publish(workspace)
            for cache in (workspace.faces_cache, workspace.embeddings_cache):
                if workspace.holds(cache):
                    shutil.rmtree(cache, ignore_errors=True)  # f2a-train and f2a-review make them again
    return chosen


def drop(workspace: Workspace, ids: Collection[str], stage: str, reason: Reason, detail: str = "") -> None:
    """Drop images and their faces, and delete files that no other row uses. The caller publishes.

    After a kill the rows are still there, and the same command continues.
    """
    chains = list(state.snapshot(workspace).chains.values())
    files: set[str] = set()
    shards = []
    for chain in chains:
        paths = [path for name, path in _paths(workspace, chain) if name in ids]
        files.update(paths)
        shards += [chain] if paths else []
    for chain in chains:
        files.difference_update(path for name, path in _paths(workspace, chain) if name not in ids)
    for path in files - {""}:
        _delete(workspace, path)
    for chain in shards:
        units = load(workspace.shards, chain)
        for unit in units:
            if unit.image.id in ids:
                _drop(unit, stage, reason, detail)
        rewrite(workspace, chain, units)


def _paths(workspace: Workspace, chain: Chain) -> Iterator[tuple[str, str]]:
    """The paths that a shard's rows name, each with the id of the image."""
    images, faces = parquet.merged(workspace.shards, chain, ("id", "path"), ("parent", "path"))
    yield from zip(images["id"], images["path"], strict=True)
    yield from zip(faces.get("parent", ()), faces.get("path", ()), strict=False)  # no paths before `crop`


class Removed:
    """The images that were removed from a workspace, so that sources do not import them again.

    Args:
        rows: of these images.
    """

    def __init__(self, rows: Iterable[Record]) -> None:
        rows = list(rows)
        self.ids = {row.id for row in rows}
        self._details = {row.sha256: row.detail for row in rows if row.sha256}

    @classmethod
    def of(cls, workspace: Workspace, shards: Snapshot) -> "Removed":
        """Read them from a workspace."""
        return cls(removed_images(workspace, [chain[0] for chain in shards.chains.values()]))

    def refuse(self, unit: Unit, workspace: Workspace) -> None:
        """Drop an image if its content is that of a removed one."""
        detail = self._details.get(unit.image.sha256)
        if detail is not None:
            _delete(workspace, unit.image.path)
            _drop(unit, REMOVED_BY, Reason.REMOVED, detail)


def _drop(unit: Unit, stage: str, reason: Reason, detail: str) -> None:
    for row in (unit.image, *unit.faces):
        row.path = ""
    unit.drop(stage, reason, detail)


def _delete(workspace: Workspace, name: str) -> None:
    """Delete a file of the workspace; of a link, only the link."""
    path = workspace.root / name
    if workspace.holds(path.parent) and (path.is_symlink() or path.is_file()):
        path.unlink()
