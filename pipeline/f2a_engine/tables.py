"""Run a table stage, with the columns that it reads, on the images that have faces."""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from f2a_engine.counts import Counts
from f2a_engine.layers import Author, Draft, remove, rows_of
from f2a_engine.stages import TableStage
from f2a_manifests import Domain, Reason, Record, Status, Unit, Workspace
from f2a_manifests import parquet as files
from f2a_manifests.shards import Chain, Snapshot

RESULT = ("status", "reason", "detail", "stage")
_OF_IMAGES = ("id", "domain", "group")
_OF_FACES = ("id", "domain", "parent", "flags", *RESULT)


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
    shards = [load(workspace.shards, chain, reads(stage), of_images) for chain in chains]
    written = (*stage.owns, *RESULT)
    drafts = [
        Draft(({}, rows_of(units, (), written)[1]), chain[-1].content)
        for chain, units in zip(chains, shards, strict=True)
    ]
    stage(workspace, [unit for units in shards for unit in units])
    for number, chain in enumerate(chains):
        # Free what is written: the files' facts, which are cached, need the memory.
        units, shards[number] = shards[number], []
        images = files.facts(workspace.shards, chain[-1]).counts["images"]
        new = drafts[number].layer(chain[0].shard, author, units, Counts.of(units, images))
        layer = new.write(workspace.shards, durable=False)
        remove(workspace.shards, [snapshot.layers[stage.name].get(layer.shard)], but=[layer])
    if hasattr(os, "sync"):
        os.sync()


def reads(stage: TableStage) -> tuple[str, ...]:
    """The columns of face rows that a stage gets."""
    return tuple(dict.fromkeys((*_OF_FACES, *stage.reads, *stage.owns)))


def load(
    folder: Path, chain: Chain, of_faces: Sequence[str], of_images: Sequence[str] = _OF_IMAGES
) -> list[Unit]:
    """Read the images of a shard that have faces, with some columns."""
    import pyarrow.compute as pc  # noqa: PLC0415 -- importing it takes 0.1 s, of every command

    images, faces = files.merged_arrays(folder, chain, of_images, of_faces)
    if not faces:
        return []
    with_faces = pc.is_in(images["id"], faces["parent"])
    images = {name: cells.filter(with_faces) for name, cells in images.items()}
    units = files.units(files.as_lists(images), files.as_lists(faces), folder / chain[0].name)
    for unit in units:
        unit.image = cast(Record, Image(**{name: getattr(unit.image, name) for name in of_images}))
    return units
