"""Process one shard with a stage: read it, call the stage with each image, write the stage's file."""

import os
from dataclasses import dataclass
from pathlib import Path

from f2a_engine.counts import Counts
from f2a_engine.engines import Tick
from f2a_engine.layers import Author, Draft, failed_in, internal, keys, load, remove, rows_of
from f2a_engine.stages import UnitStage
from f2a_manifests import STORED, FatalError, Reason, Unit, Workspace
from f2a_manifests import parquet as files
from f2a_manifests.parquet import KEY, SIZE
from f2a_manifests.shards import Chain, Layer
from f2a_manifests.table import Columns, cells


@dataclass(frozen=True, slots=True)
class ShardTask:
    """One shard to process.

    Attributes:
        chain: the layers that the stage reads.
        old: the stage's old layer, outdated or with errors; finished images are taken from it.
    """

    chain: Chain
    old: Layer | None = None


@dataclass(frozen=True, slots=True)
class ShardWork:
    """A stage on the shards of a workspace."""

    stage: UnitStage
    author: Author
    workspace: Workspace

    def __call__(self, task: ShardTask, tick: Tick, dead: frozenset[int]) -> Layer:
        """Write the stage's file; see `f2a_engine.engines.Work`."""
        folder, shard = self.workspace.shards, task.chain[0].shard
        units = load(folder, task.chain)
        draft = Draft.of(units, task.chain[-1].content)
        self.stage.prepare(self.workspace, units)
        of_units, finished = keys(rows_of(units), units), self._finished(task.old)
        done = []
        for number, (unit, key) in enumerate(zip(units, of_units, strict=True)):
            known = self._known(unit, finished.get(key))
            done.append(known or self._apply(unit, dead=number in dead))
            tick(1)
        check_workspace(self.workspace)
        draft.internal = internal(done, of_units)
        layer = draft.layer(shard, self.author, done, Counts.of(done)).write(folder)
        remove(folder, [task.old], but=[layer])
        return layer

    def _finished(self, old: Layer | None) -> "dict[int, Finished]":
        """The images that the same stage finished before, by key."""
        folder = self.workspace.shards
        if old is None or files.facts(folder, old).identity != self.author.identity:
            return {}
        _, images, faces = files.read(folder, old, (KEY, SIZE, *STORED))
        return finished_in(images, faces) if KEY in images else {}

    def _known(self, unit: Unit, finished: "Finished | None") -> Unit | None:
        """The unit as it was finished before; None if its files are gone or the stage failed."""
        if finished is None:
            return None
        again = finished.applied(unit, self.workspace.shards)
        there = all(not face.path or self.workspace.file(face).exists() for face in again.faces)
        if not there or failed_in(again, self.stage.name):
            return None
        self.stage.complete(self.workspace, again)
        return again

    def _apply(self, unit: Unit, *, dead: bool) -> Unit:
        """Apply the stage to a unit; an exception becomes the reason of its rows."""
        if dead:
            return _failed(unit, self.stage.name, Reason.WORKER_DIED)
        try:
            return self.stage(self.workspace, unit)
        except FatalError:
            raise
        except Exception as error:  # noqa: BLE001 -- the row has the error, and the run continues
            detail = f"{type(error).__name__}: {error}"[:200]
            return _failed(unit, self.stage.name, Reason.STAGE_FAILED, detail)
        finally:
            check_workspace(self.workspace)


@dataclass(frozen=True, slots=True)
class Finished:
    """A stage's result for one image: the cells that it changed."""

    image: Columns
    faces: Columns

    def applied(self, unit: Unit, where: Path) -> Unit:
        """The unit after the stage."""
        of_image = cells([unit.image]) | self.image
        of_faces = self.faces if "id" in self.faces else cells(unit.faces, STORED) | self.faces
        return files.units(of_image, of_faces, where)[0]


def finished_in(images: Columns, faces: Columns) -> dict[int, Finished]:
    """The images of a file by their keys."""
    found, start = {}, 0
    keys, sizes = images.pop(KEY), images.pop(SIZE)
    for number, (of, size) in enumerate(zip(keys, sizes, strict=True)):
        part = slice(start, start + size)
        start += size
        if of:
            found[of] = Finished(
                {name: [cells[number]] for name, cells in images.items()},
                {name: cells[part] for name, cells in faces.items()},
            )
    return found


def check_workspace(workspace: Workspace) -> None:
    """Check that the workspace still exists: if it disappears during a run, all rows would fail.

    Raises:
        FatalError: it does not.
    """
    if not os.path.isdir(f"{workspace.root}/images"):  # noqa: PTH112 -- asked after every image
        raise FatalError(
            f"the folder {workspace.root / 'images'} has disappeared; restore it and run the command again"
        )


def _failed(unit: Unit, stage: str, reason: Reason, detail: str = "") -> Unit:
    for record in (unit.image, *unit.faces):
        if record.kept:
            record.fail(stage, reason, detail)
    return unit
