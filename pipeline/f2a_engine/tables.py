"""Run a table stage, with the columns that it reads, on the images that have faces."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from f2a_engine.counts import Counts
from f2a_engine.layers import Author, Draft, remove, rows_of
from f2a_engine.stages import TableStage
from f2a_manifests import Domain, Reason, Record, Status, Unit, Workspace
from f2a_manifests import parquet as files
from f2a_manifests.cores import usable_cores
from f2a_manifests.shards import Chain, Snapshot

RESULT = ("status", "reason", "detail", "stage")
_OF_IMAGES = ("id", "domain", "group")
_OF_FACES = ("id", "domain", "parent", "flags", *RESULT)
_NOTHING: tuple[Draft, list[Unit]] = Draft(({}, {}), ""), []


@dataclass(slots=True)
class Image:
    """An image row with the columns that table stages get; a million whole ones would take 0.3 GB more."""

    id: str
    domain: Domain
    group: str
    sha256: str = ""
    status: ClassVar = Status.KEEP
    reason: ClassVar = Reason.NONE
    stage: ClassVar[str] = ""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Disable the cyclic garbage collector: with millions of rows it takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_uncollected()
def run(stage: TableStage, author: Author, workspace: Workspace, snapshot: Snapshot) -> None:
    """Call the stage with all faces, then write its file for each shard."""
    chains = [snapshot.before(shard, stage.name) for shard in snapshot.chains]
    # Decisions refer to images by hash; the hashes of a million images take 0.1 GB.
    decided = stage.reads_decisions and workspace.decisions_log.exists()
    of_images = (*_OF_IMAGES, "sha256") if decided else _OF_IMAGES
    written = (*stage.owns, *RESULT)

    def read(chain: Chain) -> tuple[Draft, list[Unit]]:
        units = load(workspace.shards, chain, reads(stage), of_images)
        return Draft(({}, rows_of(units, (), written)[1]), chain[-1].content), units

    def write(number: int) -> None:
        # Free what is written: the files' facts, which are cached, need the memory.
        chain, (draft, units), shards[number] = chains[number], shards[number], _NOTHING
        images = files.facts(workspace.shards, chain[-1]).counts["images"]
        new = draft.layer(chain[0].shard, author, units, Counts.of(units, images))
        layer = new.write(workspace.shards, durable=False)
        remove(workspace.shards, [snapshot.layers[stage.name].get(layer.shard)], but=[layer])

    with ThreadPoolExecutor(usable_cores()) as threads:  # Arrow, which takes most of the time, uses them
        shards = list(threads.map(read, chains))
        stage(workspace, [unit for _, units in shards for unit in units])
        list(threads.map(write, range(len(shards))))
    if hasattr(os, "sync"):
        os.sync()


def reads(stage: TableStage) -> tuple[str, ...]:
    """The columns of face rows that a stage gets."""
    return tuple(dict.fromkeys((*_OF_FACES, *stage.reads, *stage.owns)))


def load(
    folder: Path, chain: Chain, of_faces: Sequence[str], of_images: Sequence[str] = _OF_IMAGES
) -> list[Unit]:
    """Read the images of a shard that have faces, with some columns."""
    images, faces = files.merged_arrays(folder, chain, of_images, of_faces)
    if not faces:
        return []
    images = files.as_lists(files.with_faces(images, faces))
    make_image = cast(Callable[..., Record], Image)
    return files.units(images, files.as_lists(faces), folder / chain[0].name, make_image)
