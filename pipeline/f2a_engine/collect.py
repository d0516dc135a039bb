"""Take a source's images into a workspace: new ones become new shards, changed ones replace their rows."""

import logging
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from f2a_engine import removal, state
from f2a_engine.claims import Claims
from f2a_engine.counts import Counts
from f2a_engine.layers import Author, Draft, collected, load
from f2a_engine.lock import briefly_locked, locked
from f2a_engine.manifests import publish
from f2a_engine.removal import Removed
from f2a_engine.sources import Source
from f2a_engine.stages import STAGES
from f2a_engine.summary import Summary, summarise_source
from f2a_engine.taking_in import rewrite, take_in
from f2a_manifests import ExitCode, FatalError, Reason, Record, Status, Unit, Workspace, parquet
from f2a_manifests.progress import progress
from f2a_manifests.shards import COLLECT, Snapshot, next_number

log = logging.getLogger(__name__)
_STAGES = frozenset(STAGES.names())
_SMALLEST, _LARGEST, _SHARE = 64, 1000, 16


def collect(source: Source, workspace: Workspace) -> Summary:
    """Import a source's images; rows that it says the same of keep the results of later stages.

    Raises:
        FatalError: the source failed; what it gave until then is published.
    """
    workspace.create()
    what = f"from-{source.origin.label}"
    with locked(workspace, what):
        take_in(workspace, what)
        before = state.snapshot(workspace)
        done = state.read(workspace, before)
        claims = Claims(workspace)
        claims.check(source.origin)
        arriving = Arriving(source, workspace, claims, Known.of(source.origin.label, workspace, before))
        try:
            with closing(arriving.fresh(Removed.of(workspace, before))) as units:  # on Ctrl-C, too
                for unit in units:
                    arriving.add(unit)
            arriving.flush()
            arriving.look_for_gone()
        finally:  # what came before the failure is kept
            arriving.flush()
            confirm_boxes(source.origin.label, workspace)
            state.say_changed(workspace, done, "new images")
            publish(workspace)
    return summarise_source(source.name, workspace)


@dataclass(slots=True)
class Row:
    """What is remembered of an image that is there already."""

    shard: int
    given: int
    content: int
    gone: bool  # it was dropped because its file is not there, or removed


class Known(dict[str, Row]):
    """The images of a source, by id."""

    @classmethod
    def of(cls, label: str, workspace: Workspace, shards: Snapshot) -> "Known":
        """Those in the workspace."""
        recipe = Author.of(COLLECT, label).recipe
        known = cls()
        for shard, chain in shards.chains.items():
            if chain[0].recipe == recipe:
                for unit in load(workspace.shards, chain[:1]):
                    known.note(unit, shard)
        return known

    def note(self, unit: Unit, shard: int) -> None:
        """Remember an image; a shard of -1 is not written yet."""
        gone = unit.image.status is Status.DROP and unit.image.reason in (Reason.GONE, Reason.REMOVED)
        self[unit.image.id] = Row(shard, hash(_given(unit)), hash(unit.image.sha256), gone)


@dataclass(slots=True)
class Arriving:
    """Images on their way into the workspace."""

    source: Source
    workspace: Workspace
    claims: Claims
    known: Known
    seen: set[str] = field(default_factory=set)
    new: dict[str, Unit] = field(default_factory=dict)
    changed: dict[int, dict[str, Unit]] = field(default_factory=dict)

    def fresh(self, removed: Removed) -> Generator[Unit]:
        """The source's new and changed images, without removed ones."""
        replaces = self.claims.is_from(self.source.origin)
        for unit in progress(self.source.collect(self.workspace), self.source.name):
            self.seen.add(unit.image.id)
            if unit.image.id in removed.ids:
                continue
            removed.refuse(unit, self.workspace)
            old = self.known.get(unit.image.id)
            if old and old.given == hash(_given(unit)):
                continue
            if old and not replaces and old.content != hash(unit.image.sha256):
                raise FatalError(
                    f"{unit.image.source_id} is in the source {unit.image.source!r} already, from another "
                    "place and with other content; give this one a name of its own with --source NAME",
                    ExitCode.USAGE,
                )
            yield unit

    def add(self, unit: Unit) -> None:
        """Take in one that is new or has changed."""
        old = self.known.get(unit.image.id)
        if old and old.shard >= 0:
            self.changed.setdefault(old.shard, {})[unit.image.id] = unit
        else:
            self.new[unit.image.id] = unit
        self.known.note(unit, old.shard if old else -1)
        if len(self.new) >= min(max(len(self.known) // _SHARE, _SMALLEST), _LARGEST):
            self._write_new()

    def flush(self) -> None:
        """Write all that has not been written."""
        self._write_new()
        chains = state.snapshot(self.workspace).chains if self.changed else {}
        while self.changed:
            shard, units = self.changed.popitem()
            there = load(self.workspace.shards, chains[shard])
            rows = [units.get(unit.image.id, unit) for unit in there]
            stale = ("crop",) if all(map(_has_boxes, units.values())) else ("detect", "crop")
            rewrite(self.workspace, chains[shard], rows, units.keys(), stale=stale)

    def look_for_gone(self) -> None:
        """Report images that a place no longer has, or drop them if the user asked for it."""
        origin = self.source.origin
        if not origin.complete or not self.claims.is_only(origin):
            return
        gone = {name: row for name, row in self.known.items() if name not in self.seen and not row.gone}
        if not gone:
            return
        names = ", ".join(self._names(gone)) + (", ..." if len(gone) > 3 else "")
        if origin.drops_missing:
            removal.drop(self.workspace, gone.keys(), self.source.name, Reason.GONE)
            log.warning("%d images are not there any more, and dropped: %s", len(gone), names)
        else:
            log.warning("%d images are not there any more (--drop-missing drops them): %s", len(gone), names)

    def _write_new(self) -> None:
        if not self.new:
            return
        self.claims.keep(self.source.origin)
        units = list(self.new.values())
        author = Author.of(COLLECT, self.source.origin.label)
        with briefly_locked(self.workspace):
            shard = next_number(self.workspace.shards)
            collected(shard, author, units).write(self.workspace.shards)
        for unit in units:
            self.known[unit.image.id].shard = shard
        self.new = {}

    def _names(self, rows: Mapping[str, Row]) -> list[str]:
        """What the first three are called in their source."""
        first = dict(islice(rows.items(), 3))
        chains = state.snapshot(self.workspace).chains
        units = [
            unit for row in first.values() for unit in load(self.workspace.shards, chains[row.shard][:1])
        ]
        names = {unit.image.id: unit.image.source_id for unit in units}
        return [names[name] for name in first]


def confirm_boxes(label: str, workspace: Workspace) -> None:
    """Note that there is nothing to detect in shards whose images all came with boxes."""
    author, recipe = Author.of("detect", state.GIVEN), Author.of(COLLECT, label).recipe
    shards = state.snapshot(workspace)
    for shard, chain in shards.chains.items():
        if chain[0].recipe == recipe and shard not in shards.layers["detect"]:
            units = load(workspace.shards, chain, ("id", "status"), ("id", "parent", "box_from"))
            if all(map(_has_boxes, units)):
                counts = Counts(parquet.facts(workspace.shards, chain[-1]).counts)
                unchanged = Draft(({}, {}), chain[-1].content)
                unchanged.layer(shard, author, units, counts).write(workspace.shards)


def _has_boxes(unit: Unit) -> bool:
    return not unit.image.kept or any(face.box_came_with_source for face in unit.faces)


def _given(unit: Unit) -> tuple[object, ...]:
    """What a source says about an image and the boxes it brings."""
    boxes = (_of_row(face) for face in unit.faces if face.box_came_with_source)
    return (_of_row(unit.image), *boxes)


def _of_row(record: Record) -> tuple[object, ...]:
    """What a source says about an image or a face, except its address, because servers move."""
    file = () if record.is_face else (record.path, record.sha256)
    verdict = ("", "") if record.stage in _STAGES else (record.reason, record.detail)
    return (
        record.id, record.domain, record.source_id, record.source_md5, record.rating, record.landmarks,
        record.group, record.source_split, record.artist, record.tags, verdict, *file,
    )  # fmt: skip
