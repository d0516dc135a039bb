"""What a workspace knows of a source's images already, without holding their rows."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from f2a_engine.counts import Counts
from f2a_engine.layers import load
from f2a_engine.stages import STAGES
from f2a_manifests import Reason, Record, Status, Unit, Workspace, parquet
from f2a_manifests.shards import Layer, Snapshot, digest

REMOVED_BY = "remove"
"""The stage of image rows that `f2a-data remove` took out."""
_STAGES = frozenset(STAGES.names())
_LATE = 100_000  # images of this run that are waited for before they are sorted in


@dataclass(frozen=True, slots=True)
class Row:
    """What is remembered of an image.

    Attributes:
        given: a hash of what its source says of it, and of the boxes that it brings.
        content: a hash of the file's SHA-256.
        gone: it was dropped because its file is not there, or removed.
    """

    given: int
    content: int
    gone: bool

    @classmethod
    def of(cls, unit: Unit) -> "Row":
        """What to remember."""
        image = unit.image
        gone = image.status is Status.DROP and image.reason in (Reason.GONE, Reason.REMOVED)
        boxes = (_said(face) for face in unit.faces if face.box_came_with_source)
        return cls(hash((_said(image), *boxes)), hash(image.sha256), gone)


@dataclass(slots=True)
class Known:
    """The images of a source: for each one 13 bytes, and the rows of those that were asked for.

    Ids are found by 64 bits of a hash; their rows show whether they are the right ones.

    Attributes:
        workspace: the workspace.
        source: the source's name.
        layers: what it says, by shard.
    """

    workspace: Workspace
    source: str
    layers: dict[int, Layer]
    _hashes: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _shards: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    _seen: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    _late: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace, source: str, shards: Snapshot | None = None) -> "Known":
        """Those in the workspace."""
        known = cls(workspace, source, _layers(workspace, source, shards))
        hashes, numbers = [known._hashes], [known._shards]
        for shard, layer in known.layers.items():
            ids = parquet.read(workspace.shards, layer, ["id"])[1]["id"]
            hashes.append(np.fromiter(map(hash, ids), np.int64, len(ids)))
            numbers.append(np.full(len(ids), shard, np.int32))
        known._sort(np.concatenate(hashes), np.concatenate(numbers))
        return known

    def __len__(self) -> int:
        """How many there are."""
        return len(self._hashes) + len(self._late)

    def shard(self, name: str) -> int:
        """The shard of an image, which counts as seen from now on; -1 where there is none of this id."""
        key = hash(name)
        if key in self._late:
            return self._late[key]
        at = int(self._hashes.searchsorted(key))
        if at == len(self._hashes) or self._hashes[at] != key:
            return -1
        shard = int(self._shards[at])
        if name not in _rows(self.workspace.shards, self.layer(shard)):
            return -1
        self._seen[at] = True
        return shard

    def layer(self, shard: int) -> Layer:
        """What the source says of a shard, even if this run has rewritten it."""
        if not os.path.exists(f"{self.workspace.shards}/{self.layers[shard].name}"):  # noqa: PTH110 -- for each image
            self.layers |= _layers(self.workspace, self.source)
        return self.layers[shard]

    def row(self, name: str) -> Row | None:
        """What is remembered of an image."""
        shard = self.shard(name)
        return None if shard < 0 else _rows(self.workspace.shards, self.layer(shard)).get(name)

    def image(self, name: str) -> tuple[Record, float] | None:
        """An image's row, and the time at which it was written, in seconds."""
        shard = self.shard(name)
        return None if shard < 0 else _images(self.workspace.shards, self.layer(shard)).get(name)

    def add(self, ids: Collection[str], layer: Layer) -> None:
        """Note a shard that was written."""
        self.layers[layer.shard] = layer
        self._late |= dict.fromkeys(map(hash, ids), layer.shard)
        if len(self._late) >= _LATE:
            hashes = np.fromiter(self._late, np.int64, len(self._late))
            numbers = np.fromiter(self._late.values(), np.int32, len(self._late))
            seen = np.concatenate([self._seen, np.ones(len(hashes), np.bool_)])
            self._late = {}
            self._sort(np.append(self._hashes, hashes), np.append(self._shards, numbers), seen)

    def unseen(self) -> Iterator[tuple[str, int]]:
        """The images that nobody has asked for and that are not gone already, each with its shard."""
        hashes = set(self._hashes[~self._seen].tolist())
        for shard in np.unique(self._shards[~self._seen]).tolist():
            rows = _rows(self.workspace.shards, self.layer(shard))
            yield from ((name, shard) for name, row in rows.items() if hash(name) in hashes and not row.gone)

    def _sort(
        self,
        hashes: npt.NDArray[np.int64],
        shards: npt.NDArray[np.int32],
        seen: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        order = np.argsort(hashes)
        self._hashes, self._shards = hashes[order], shards[order]
        self._seen = np.zeros(len(order), np.bool_) if seen is None else seen[order]


def removed_posts(workspace: Workspace, source: str) -> tuple[int, ...]:
    """The numbers of a booru's posts that must not be fetched again."""
    rows = removed_images(workspace, _layers(workspace, source).values())
    return tuple(sorted(int(row.source_id) for row in rows if row.source_id.isdecimal()))


def removed_images(workspace: Workspace, layers: Collection[Layer]) -> Iterator[Record]:
    """The image rows that were removed; of shards without any not more than the counts is read."""
    for layer in layers:
        counts = Counts(parquet.facts(workspace.shards, layer).counts)
        if any(kind.stage == REMOVED_BY for kind, _ in counts.kinds("images")):
            units = load(workspace.shards, (layer,))
            yield from (unit.image for unit in units if unit.image.stage == REMOVED_BY)


def _layers(workspace: Workspace, source: str, shards: Snapshot | None = None) -> dict[int, Layer]:
    chains, recipe = (shards or Snapshot(workspace.shards, ())).chains, digest([source])
    return {shard: chain[0] for shard, chain in chains.items() if chain[0].recipe == recipe}


@lru_cache(maxsize=1000)  # of a thousand images each, which take 0.2 MB
def _rows(folder: Path, layer: Layer) -> dict[str, Row]:
    return {unit.image.id: Row.of(unit) for unit in load(folder, (layer,))}


@lru_cache(maxsize=16)
def _images(folder: Path, layer: Layer) -> dict[str, tuple[Record, float]]:
    written = (folder / layer.name).stat().st_mtime
    return {unit.image.id: (unit.image, written) for unit in load(folder, (layer,), of_faces=())}


def _said(record: Record) -> tuple[object, ...]:
    """What a source says about an image or a face, except its address, because servers move."""
    file = () if record.is_face else (record.path, record.sha256)
    verdict = ("", "") if record.stage in _STAGES else (record.reason, record.detail)
    return (
        record.id, record.domain, record.source_id, record.source_md5, record.rating, record.landmarks,
        record.group, record.source_split, record.artist, record.tags, verdict, *file,
    )  # fmt: skip
