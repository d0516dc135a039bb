"""Merge two workspaces: equal posts and files are merged, and the newer decision about each face counts."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from f2a_data.sources.importing import ImageStore
from f2a_engine import state
from f2a_engine.edited import import_edited, replace_rows
from f2a_engine.known import REMOVED_BY as REMOVED
from f2a_engine.layers import as_before
from f2a_engine.lock import locked
from f2a_engine.manifests import current, publish
from f2a_engine.source_names import SourceNames
from f2a_faces.archive import Member
from f2a_manifests import (
    ExitCode,
    FatalError,
    Record,
    Status,
    Unit,
    Unusable,
    Workspace,
)
from f2a_manifests.merging import MergedLogs, merge_logs
from f2a_manifests.progress import progress

STAGE = "merge"
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Merged:
    """The result of merging two workspaces.

    Attributes:
        added: images that were only in the other one.
        fetched: images whose row was here but whose file was only in the other one.
        same: images that were in both.
        errors: images whose file in the other one is missing or not that of its row.
        removed: images that were removed from the other one with `remove`; they stay here.
        decisions: see `MergedLogs`.
    """

    added: int = 0
    fetched: int = 0
    same: int = 0
    errors: int = 0
    removed: int = 0
    decisions: MergedLogs = field(default_factory=MergedLogs)

    def __str__(self) -> str:
        """The last line of the command."""
        log = self.decisions
        return (
            f"merge: {self.added} images added, {self.fetched} fetched, {self.same} in both, "
            f"{self.errors} errors; decisions: {log.taken} added, {log.theirs + log.ours} differed "
            f"({log.theirs} newer there, {log.ours} newer here)"
        )


def merge(workspace: Workspace, other: Workspace) -> Merged:
    """Add another workspace's images, boxes and decisions; the other one is only read.

    Images are the same if their bytes are, or if they are the same post of the same source. Then the rows
    here stay, unless they have no file. Crops and later results are made again.

    Raises:
        FatalError: there is nothing in the other workspace, something in it is damaged, or the disk is full.
    """
    theirs = [unit for units in current(other) for unit in units]
    if not theirs or other.root.resolve() == workspace.root.resolve():
        raise FatalError(f"{other.root} holds no images, or is this workspace", ExitCode.NO_RESULTS)
    if not (other.root / "images").is_dir():
        raise FatalError(
            f"{other.root} has no folder images; a published set is rebuilt first: f2a-data rebuild",
            ExitCode.USAGE,
        )
    workspace.create()
    with locked(workspace, STAGE):
        import_edited(workspace, STAGE)
        publish(workspace, whatever_size=True)
        done = state.read(workspace)
        joined, merged = _Joined(workspace.load()), Merged()
        new = list(_new(joined, progress(theirs, "merge"), workspace, other, merged))
        merged.decisions = merge_logs(workspace.decisions_log, other.decisions_log)
        replace_rows(workspace, joined.units, STAGE)
        SourceNames(workspace).merge(SourceNames(other))
        _invalidate(workspace, new, merged)
        if new:
            state.say_changed(workspace, done, STAGE)
    if merged.removed:
        _LOG.warning(
            "%d images here were removed from %s; f2a-data remove does it here", merged.removed, other.root
        )
    return merged


class _Joined:
    """The images here, with an index to find the same image."""

    def __init__(self, units: list[Unit]) -> None:
        self._units = {unit.image.id: unit for unit in units}
        self._by_hash = {unit.image.sha256: unit for unit in units if unit.image.sha256}
        self._by_post = {_post(unit.image): unit for unit in units if _post(unit.image)}

    @property
    def units(self) -> list[Unit]:
        """All, in order; new ones at the end."""
        return list(self._units.values())

    def find(self, image: Record) -> Unit | None:
        """The same image; its file may be another version of the post."""
        return self._by_hash.get(image.sha256) or self._by_post.get(_post(image))

    def put(self, unit: Unit, instead_of: Unit | None) -> None:
        """Add an image, in the place of the same one without a file where there is one."""
        if instead_of:
            _rename(unit, instead_of.image.id)
        elif unit.image.id in self._units:  # another file of a source of the same name
            _rename(unit, f"{unit.image.id[:180]}-{unit.image.sha256[:12]}")
        self._units[unit.image.id] = unit
        if unit.image.sha256:
            self._by_hash[unit.image.sha256] = unit


def _new(
    joined: _Joined, theirs: Iterator[Unit], workspace: Workspace, other: Workspace, merged: Merged
) -> Iterator[Unit]:
    """Add new images and their files."""
    stores = _Stores(workspace)
    for unit in theirs:
        here = joined.find(unit.image)
        if here and (here.image.path or here.image.stage == REMOVED or not unit.image.path):
            merged.same += 1
            merged.removed += unit.image.stage == REMOVED and here.image.stage != REMOVED
            continue
        [unit] = as_before([unit], "crop")  # noqa: PLW2901 -- without what later stages made of it
        _take(unit, stores, other)
        merged.errors += unit.image.stage == STAGE
        merged.fetched += here is not None
        merged.added += here is None
        joined.put(unit, here)
        yield unit
    stores.close()


class _Stores:
    """An image store for each source."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._stores = workspace, dict[str, ImageStore]()

    def of(self, source: str) -> ImageStore:
        """The store of a source; its name is untrusted."""
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", source).strip("-")[:64] or "merged"
        if name not in self._stores:
            self._stores[name] = ImageStore(self._workspace, name)
        return self._stores[name]

    def close(self) -> None:
        """Make the files durable."""
        for store in list(self._stores.values())[:1]:  # one is enough: it syncs the disk
            store.close()


def _take(unit: Unit, stores: _Stores, other: Workspace) -> None:
    """Copy the image's file, and set its path, or the reason if that fails."""
    image = unit.image
    if not image.path:
        return
    try:
        stores.of(image.source).take(image, _original(other, image))
    except Unusable as error:
        image.path = ""
        for row in (image, *unit.faces):
            row.fail_as(STAGE, error)


def _original(other: Workspace, image: Record) -> Member:
    """The file of the other workspace, if it is the one of its row.

    Raises:
        Unusable: it is not, or is not there.
    """
    path = other.intact_file(image)
    return Member(image.path, path.stat().st_size, lambda: path.open("rb"))


def _post(image: Record) -> tuple[str, str] | None:
    """The identity of a post; None for other images."""
    return (image.source, image.source_id) if image.source_md5 and image.source_id else None


def _rename(unit: Unit, identifier: str) -> None:
    unit.image.id = identifier
    unit.faces = [
        replace(
            face,
            id=f"{identifier}-{number}"
            if face.box_x is None
            else "-".join([identifier, *map(str, face.box)]),
            parent=identifier,
        )
        for number, face in enumerate(unit.faces)
    ]


def _invalidate(workspace: Workspace, new: list[Unit], merged: Merged) -> None:
    """Say which stages have something to do."""
    waiting = any(unit.image.status is Status.KEEP and not unit.faces for unit in new)
    log = merged.decisions
    if new:
        state.restart(workspace, "detect" if waiting else "crop", STAGE)
    elif log.taken or log.theirs:
        state.restart(workspace, "review", STAGE)
