"""Shards: a few hundred images with their faces, and for each a file of every stage that has worked on it.

``shards/STAGE/NUMBER-RECIPE-INPUTS-CONTENT.parquet`` holds the columns that the stage changed. Its name
shows whether it is valid, so that checking ten thousand shards only lists a few folders:

- RECIPE: a hash of the stage's options, version and detector;
- INPUTS: the CONTENT that it read, that is of the latest earlier stage whose file is valid;
- CONTENT: a hash of the rows after the stage; equal to INPUTS if nothing changed.

A file whose INPUTS differ from the earlier stages' CONTENT is outdated and ignored. There is no other
state: a stage has finished a shard if the right file exists.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

COLLECT = "collect"
"""The name of the first layer, which has what the source says."""
STALE = "0" * 16
"""In place of a recipe: the stage must run on this shard again, whatever its options."""
_NAME = re.compile(r"(\d{6,9})-([0-9a-f]{16})-([0-9a-f]{16})-([0-9a-f]{16})\.parquet")


@dataclass(frozen=True, slots=True)
class Layer:
    """One stage's file for one shard."""

    stage: str
    shard: int
    recipe: str
    inputs: str
    content: str

    @property
    def name(self) -> str:
        """The path below ``shards/``."""
        return f"{self.stage}/{self.shard:06d}-{self.recipe}-{self.inputs}-{self.content}.parquet"

    @property
    def stale(self) -> "Layer":
        """The same rows, marked as outdated."""
        return replace(self, recipe=STALE)


Chain = tuple[Layer, ...]
"""The valid files of one shard, in the order of the stages; the first is what the source says."""


class Snapshot:
    """The files of all shards, listed once.

    Args:
        folder: ``shards/`` of a workspace; need not exist.
        order: the names of the stages, in the order in which they run.

    Attributes:
        chains: the valid layers of each shard, by its number, ascending.
        layers: by stage and shard the valid layer, or else the newest one.
    """

    def __init__(self, folder: Path, order: Sequence[str]) -> None:
        self.order = (COLLECT, *order)
        there = {stage: _by_shard(folder / stage) for stage in self.order}
        self.layers: dict[str, dict[int, Layer]] = {stage: {} for stage in self.order}
        self.chains = {shard: self._chain(shard, there) for shard in sorted(there[COLLECT])}

    def _chain(self, shard: int, there: Mapping[str, Mapping[int, list[Layer]]]) -> Chain:
        chain: list[Layer] = []
        for stage in self.order:
            found = there[stage].get(shard, [])
            valid = [layer for layer in found if not chain or layer.inputs == chain[-1].content]
            if found:
                self.layers[stage][shard] = (valid or found)[-1]
            chain += valid[-1:]
        return tuple(chain)

    def before(self, shard: int, stage: str) -> Chain:
        """The valid layers of a shard that a stage reads."""
        earlier = set(self.order[: self.order.index(stage)])
        return tuple(layer for layer in self.chains[shard] if layer.stage in earlier)

    def upto(self, shard: int, stage: str) -> Chain:
        """The valid layers of a shard up to and with those of a stage."""
        until = set(self.order[: self.order.index(stage) + 1])
        return tuple(layer for layer in self.chains[shard] if layer.stage in until)

    def valid(self, shard: int, stage: str) -> Layer | None:
        """A stage's file for a shard, unless it is missing or out of date."""
        return next((layer for layer in self.chains[shard] if layer.stage == stage), None)

    def fingerprint(self, stage: str) -> str:
        """A hash of all rows before a stage."""
        return digest(f"{shard} {self.before(shard, stage)[-1].content}" for shard in self.chains)

    @cached_property
    def state(self) -> str:
        """A hash of all current rows."""
        return digest(f"{shard} {chain[-1].content}" for shard, chain in self.chains.items())


def next_number(folder: Path) -> int:
    """The number of the next new shard."""
    return max(_by_shard(folder / COLLECT), default=-1) + 1


def _by_shard(folder: Path) -> dict[int, list[Layer]]:
    """The files of one stage by shard, the newest last."""
    found: dict[int, list[Layer]] = {}
    for file in os.listdir(folder) if folder.is_dir() else ():  # noqa: PTH208 -- ten thousand names, not paths
        if name := _NAME.fullmatch(file):
            layer = Layer(folder.name, int(name[1]), *name.groups()[1:])
            found.setdefault(layer.shard, []).append(layer)
    for layers in found.values():
        if len(layers) > 1:
            layers.sort(key=lambda layer: (folder.parent / layer.name).stat().st_mtime_ns)
    return found


def digest(texts: Iterable[str]) -> str:
    """16 hex digits for a sequence of texts."""
    hashed = hashlib.sha256()
    for text in texts:
        hashed.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return hashed.hexdigest()[:16]
