"""Take a source's images into a workspace: new ones become new shards, changed ones replace their rows."""

import logging
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from f2a_engine import removal, state
from f2a_engine.counts import Counts
from f2a_engine.edited import import_edited, rewrite
from f2a_engine.known import Known, Row
from f2a_engine.layers import Author, Draft, collected, load
from f2a_engine.lock import briefly_locked, locked
from f2a_engine.manifests import publish
from f2a_engine.removal import Removed
from f2a_engine.source_names import SourceNames
from f2a_engine.sources import Source
from f2a_engine.summary import Summary, summarise_source
from f2a_manifests import ExitCode, FatalError, Reason, Unit, Workspace, parquet
from f2a_manifests.progress import progress
from f2a_manifests.shards import COLLECT, Layer, next_number

log = logging.getLogger(__name__)
_SMALLEST, _LARGEST, _SHARE = 64, 1000, 16
_MOST_CHANGED = 20_000  # images whose new rows are held


def collect(source: Source, workspace: Workspace) -> Summary:
    """Import a source's images. Unchanged images keep the results of later stages.

    Raises:
        FatalError: the source failed; the images imported before are published.
    """
    workspace.create()
    what = f"from-{source.origin.label}"
    with locked(workspace, what):
        import_edited(workspace, what)
        before = state.snapshot(workspace)
        done = state.read(workspace, before)
        names = SourceNames(workspace)
        names.check(source.origin)
        importer = Importer(source, workspace, names, Known.of(workspace, source.origin.label, before))
        try:
            with closing(importer.fresh(Removed.of(workspace, before))) as units:  # on Ctrl-C, too
                for shard, unit in units:
                    importer.add(shard, unit)
            importer.flush()
            importer.handle_missing()
        finally:  # images before a failure are kept
            importer.flush()
            confirm_boxes(source.origin.label, workspace)
            state.say_changed(workspace, done, "new images")
            publish(workspace)
    return summarise_source(source.name, workspace)


@dataclass(slots=True)
class Importer:
    """Imports the images of a source: new ones become new shards, changed ones replace their rows."""

    source: Source
    workspace: Workspace
    names: SourceNames
    known: Known
    new: dict[str, Unit] = field(default_factory=dict)
    changed: dict[int, dict[str, Unit]] = field(default_factory=dict)
    waiting: int = 0  # changed ones

    def fresh(self, removed: Removed) -> Generator[tuple[int, Unit]]:
        """The source's new and changed images, without removed ones, each with its shard, or -1."""
        replaces = self.names.matches(self.source.origin)
        for unit in progress(self.source.collect(self.workspace), self.source.name):
            shard = self.known.shard(unit.image.id)
            if unit.image.id in removed.ids:
                continue
            removed.refuse(unit, self.workspace)
            if old := self._row(unit.image.id, shard):
                new = Row.of(unit)
                if old.given == new.given:
                    continue
                if not replaces and old.content != new.content:
                    raise FatalError(
                        f"{unit.image.source_id} is in the source {unit.image.source!r} already, from "
                        "another place and with other content; choose another name with --source NAME",
                        ExitCode.USAGE,
                    )
            yield shard, unit

    def add(self, shard: int, unit: Unit) -> None:
        """Add an image that is new (-1) or has changed."""
        if shard >= 0:
            self.changed.setdefault(shard, {})[unit.image.id] = unit
            self.waiting += 1
        else:
            self.new[unit.image.id] = unit
        there = len(self.known) + len(self.new)
        if len(self.new) >= min(max(there // _SHARE, _SMALLEST), _LARGEST):
            self._write_new()
        if self.waiting >= _MOST_CHANGED:
            self._rewrite_changed()

    def flush(self) -> None:
        """Write what has not been written yet."""
        self._write_new()
        self._rewrite_changed()

    def _row(self, name: str, shard: int) -> Row | None:
        """What is known of an image, be it written or not."""
        if waiting := self.changed.get(shard, self.new).get(name):
            return Row.of(waiting)
        return None if shard < 0 else self.known.row(name)

    def _rewrite_changed(self) -> None:
        self.waiting = 0
        chains = state.snapshot(self.workspace).chains if self.changed else {}
        while self.changed:
            shard, units = self.changed.popitem()
            there = load(self.workspace.shards, chains[shard])
            rows = [units.get(unit.image.id, unit) for unit in there]
            stale = ("crop",) if all(map(_has_boxes, units.values())) else ("detect", "crop")
            rewrite(self.workspace, chains[shard], rows, units.keys(), stale=stale)

    def handle_missing(self) -> None:
        """Report images that are no longer in the source, or drop them if the user asked for it."""
        origin = self.source.origin
        if not origin.complete or not self.names.has_only(origin):
            return
        gone = dict(self.known.unseen())
        if not gone:
            return
        names = ", ".join(self._names(gone)) + (", ..." if len(gone) > 3 else "")
        if origin.drops_missing:
            removal.drop(self.workspace, gone.keys(), self.source.name, Reason.GONE)
            log.warning("%d images no longer exist and were dropped: %s", len(gone), names)
        else:
            log.warning("%d images no longer exist (--drop-missing drops them): %s", len(gone), names)

    def _write_new(self) -> None:
        if not self.new:
            return
        self.names.add(self.source.origin)
        units = list(self.new.values())
        author = Author.of(COLLECT, self.source.origin.label)
        with briefly_locked(self.workspace):
            shard = next_number(self.workspace.shards)
            new = collected(shard, author, units)
            layer = new.write(self.workspace.shards)
            _confirm_boxes(self.workspace, layer, units, Counts(new.about.counts))
        self.known.add(self.new, layer)
        self.new = {}

    def _names(self, shards: dict[str, int]) -> list[str]:
        """The names of the first three in their source."""
        first = dict(islice(shards.items(), 3))
        units = [
            unit
            for shard in set(first.values())
            for unit in load(self.workspace.shards, (self.known.layer(shard),))
        ]
        names = {unit.image.id: unit.image.source_id for unit in units}
        return [names[name] for name in first]


def confirm_boxes(label: str, workspace: Workspace) -> None:
    """Record detect as done in shards whose images all came with boxes, where a kill has prevented it."""
    recipe, shards = Author.of(COLLECT, label).recipe, state.snapshot(workspace)
    for shard, chain in shards.chains.items():
        if chain[0].recipe == recipe and shard not in shards.layers["detect"]:
            units = load(workspace.shards, chain, ("id", "status"), ("id", "parent", "box_from"))
            counts = Counts(parquet.facts(workspace.shards, chain[-1]).counts)
            _confirm_boxes(workspace, chain[-1], units, counts)


def _confirm_boxes(workspace: Workspace, latest: Layer, units: Sequence[Unit], counts: Counts) -> None:
    """Record detect as done in a shard if all its images came with boxes."""
    if all(map(_has_boxes, units)):
        author, unchanged = Author.of("detect", state.GIVEN), Draft(({}, {}), latest.content)
        unchanged.layer(latest.shard, author, units, counts).write(workspace.shards)


def _has_boxes(unit: Unit) -> bool:
    return not unit.image.kept or any(face.box_came_with_source for face in unit.faces)
