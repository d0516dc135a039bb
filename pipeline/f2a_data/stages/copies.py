"""Group copies: candidate pairs by the hashes of several cuts, each verified by its pixels."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from f2a_data.stages.hamming import HammingIndex, Hashes, Rows
from f2a_faces.cuts import INNER, MIRRORED, WHOLE
from f2a_faces.likeness import Difference, Likeness
from f2a_manifests.cores import usable_cores

_PART = 10_000  # faces whose hashes are asked for at a time
_BATCH = 256  # pairs that are compared at a time; few of them share a face


class Pair(NamedTuple):
    """Two faces that may be copies, by their positions; the better one first."""

    better: int
    worse: int
    mirrored: bool


class HashesOfFaces(Protocol):
    """An array uint64 (N, cuts) of `f2a_faces.cuts.hashes`, or what gives some rows of one."""

    def __len__(self) -> int: ...
    def __getitem__(self, rows: Rows, /) -> Hashes: ...


class Candidates:
    """Pairs of faces with similar hashes.

    Args:
        hashes: of the faces, the best one first.
        radius: how many bits may differ.
        mirrored: whether to find mirrored copies too.
    """

    def __init__(self, hashes: HashesOfFaces, radius: int, *, mirrored: bool) -> None:
        self._hashes = hashes
        self._mirrored = mirrored
        whole, self._inners = self._all([WHOLE, INNER])
        self._whole, self._inner = HammingIndex(whole, radius), HammingIndex(self._inners, radius)

    def _all(self, chosen: list[int]) -> Hashes:
        """Every face's hashes of some cuts, (cuts, N)."""
        found = np.empty((len(chosen), len(self._hashes)), np.uint64)
        for start in range(0, len(self._hashes), _PART):
            rows = np.arange(start, min(start + _PART, len(self._hashes)))
            found[:, rows] = self._hashes[rows][:, chosen].T
        return found

    def blocks(self) -> Iterator[slice]:
        """Runs of faces whose pairs fit into memory."""
        return self._inner.blocks(self._inners)

    def of(self, rows: Rows) -> list[Pair]:
        """All pairs in which one of some faces is the better one, in order; each once."""
        with ThreadPoolExecutor(usable_cores()) as threads:
            found = np.concatenate(list(threads.map(lambda search: search(), self._searches(rows))))
        return [Pair(better, worse, bool(flag)) for better, worse, flag in np.unique(found, axis=0).tolist()]

    def _searches(self, rows: Rows) -> Iterator[Callable[[], Rows]]:
        queries = self._hashes[rows]
        yield partial(_pairs, rows, self._whole, queries[:, WHOLE])
        # many at once are close to each other in the tables, but all cores need some
        together = -(-(queries.shape[1] - INNER) // (2 * usable_cores()))
        for first in range(INNER, queries.shape[1], together):
            some = queries[:, first : first + together]
            yield partial(_pairs, np.repeat(rows, some.shape[1]), self._inner, some.ravel())
        if self._mirrored:
            yield partial(_pairs, rows, self._whole, queries[:, WHOLE] ^ MIRRORED, mirrored=True)
            yield partial(_pairs, rows, self._inner, queries[:, INNER] ^ MIRRORED, mirrored=True)


class Match(NamedTuple):
    """A pair, and how its crops differ."""

    pair: Pair
    difference: Difference


Judge = Callable[[Sequence[Pair]], Iterable[Match]]
"""Compares the pixels of some pairs; leaves out pairs that are not alike."""


@dataclass(slots=True)
class Groups:
    """Groups of copies and variants, as stars: each copy is a copy of its group's representative.

    Attributes:
        claimed: bool (N,), the faces that are copies.
        alone: faces that are never claimed; those that are copies count as variants.
        copies: each of a kept face.
        variants: each of a better kept face, by their own position; they may be claimed later.
    """

    claimed: npt.NDArray[np.bool_]
    alone: Collection[int] = ()
    copies: list[Match] = field(default_factory=list)
    variants: dict[int, Match] = field(default_factory=dict)

    def kept_variants(self) -> list[Match]:
        """Variants that are not also copies."""
        return [match for worse, match in self.variants.items() if not self.claimed[worse]]

    def is_open(self, pair: Pair) -> bool:
        """Whether both faces are still free."""
        return not (self.claimed[pair.better] or self.claimed[pair.worse])

    def add(self, match: Match, *, with_variants: bool) -> None:
        """Add a pair as copy or variant, if its faces are still free."""
        if not self.is_open(match.pair):
            return
        likeness, worse = match.difference.likeness, match.pair.worse
        same = likeness is Likeness.COPY or (with_variants and likeness is Likeness.VARIANT)
        if same and worse not in self.alone:
            self.claimed[worse] = True
            self.copies.append(match)
        elif same or likeness is Likeness.VARIANT:
            self.variants.setdefault(worse, match)


def grouped(
    count: int, candidates: Candidates, judge: Judge, alone: Collection[int] = (), *, with_variants: bool
) -> Groups:
    """Group faces greedily, from best to worst.

    Args:
        count: number of faces.
        candidates: candidate pairs.
        judge: compares pairs, rarely those with a face that is already claimed.
        alone: faces that are copies of none; put in a set.
        with_variants: variants are claimed as copies are.
    """
    groups = Groups(np.zeros(count, np.bool_), alone)
    for block in candidates.blocks():
        # a face that an earlier block claimed represents no group, so skip it
        free = block.start + np.flatnonzero(~groups.claimed[block])
        pairs = candidates.of(free)
        for start in range(0, len(pairs), _BATCH):
            for match in judge([pair for pair in pairs[start : start + _BATCH] if groups.is_open(pair)]):
                groups.add(match, with_variants=with_variants)
    return groups


def _pairs(rows: Rows, index: HammingIndex, queries: Hashes, *, mirrored: bool = False) -> Rows:
    """Pairs of one of ``rows`` and a worse face: (M, 3) of positions and whether mirrored."""
    left, right = index.search(queries)
    pairs = np.stack([rows[left], right, np.full(len(left), mirrored, np.int64)], axis=1)
    return np.asarray(pairs[pairs[:, 0] < pairs[:, 1]])
