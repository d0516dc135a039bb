"""Which faces are copies of which: candidates by the hashes of several cuts, each judged by its pixels."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from f2a_data.stages.hamming import HammingIndex, Hashes, Rows
from f2a_faces.cuts import INNER, MIRRORED, WHOLE
from f2a_faces.likeness import Difference, Likeness


class Pair(NamedTuple):
    """Two faces that may be copies, by their positions; the better one first."""

    better: int
    worse: int
    mirrored: bool


Judge = Callable[[Pair], Difference]


class Candidates:
    """Pairs of faces with similar hashes.

    Args:
        hashes: uint64 (N, cuts) of `f2a_faces.cuts.hashes`, the best face first.
        radius: how many bits may differ.
        mirrored: whether to look for mirrored copies too.
    """

    def __init__(self, hashes: Hashes, radius: int, *, mirrored: bool) -> None:
        self._hashes = hashes
        self._whole, self._inner = (HammingIndex(hashes[:, cut].copy(), radius) for cut in (WHOLE, INNER))
        self._mirrored = mirrored

    def blocks(self) -> Iterator[slice]:
        """Runs of faces whose pairs fit into memory."""
        return self._inner.blocks(self._hashes[:, INNER])

    def of(self, rows: Rows) -> list[Pair]:
        """All pairs in which one of some faces is the better one, in order; each once."""
        found = np.concatenate(list(self._found(rows, self._hashes[rows])))
        return [Pair(better, worse, bool(flag)) for better, worse, flag in np.unique(found, axis=0).tolist()]

    def _found(self, rows: Rows, queries: Hashes) -> Iterator[Rows]:
        yield _pairs(rows, self._whole, queries[:, WHOLE])
        for cut in range(INNER, queries.shape[1]):
            yield _pairs(rows, self._inner, queries[:, cut])
        if self._mirrored:
            yield _pairs(rows, self._whole, queries[:, WHOLE] ^ MIRRORED, mirrored=True)
            yield _pairs(rows, self._inner, queries[:, INNER] ^ MIRRORED, mirrored=True)


class Match(NamedTuple):
    """A pair, and how its crops differ."""

    pair: Pair
    difference: Difference


@dataclass(slots=True)
class Groups:
    """Who is whose copy and variant, in stars: a copy is one of the very face that stands for it.

    Attributes:
        claimed: bool (N,), the faces that are copies.
        copies: of a kept face each.
        variants: of a better kept face each, by their own position; they may be claimed later.
    """

    claimed: npt.NDArray[np.bool_]
    copies: list[Match] = field(default_factory=list)
    variants: dict[int, Match] = field(default_factory=dict)

    def kept_variants(self) -> list[Match]:
        """Variants that are nobody's copies."""
        return [match for worse, match in self.variants.items() if not self.claimed[worse]]

    def add(self, match: Match, *, with_variants: bool) -> None:
        """Put a pair where it belongs."""
        likeness, worse = match.difference.likeness, match.pair.worse
        if likeness is Likeness.COPY or (with_variants and likeness is Likeness.VARIANT):
            self.claimed[worse] = True
            self.copies.append(match)
        elif likeness is Likeness.VARIANT:
            self.variants.setdefault(worse, match)


def grouped(count: int, candidates: Candidates, judge: Judge, *, with_variants: bool) -> Groups:
    """Group faces greedily, from best to worst.

    Args:
        count: of faces.
        candidates: pairs of them.
        judge: compares the pixels of a pair; only asked where both faces are still free.
        with_variants: variants are claimed as copies are.
    """
    groups = Groups(np.zeros(count, np.bool_))
    for block in candidates.blocks():
        # whatever an earlier block has claimed represents nobody and need not be looked up
        free = block.start + np.flatnonzero(~groups.claimed[block])
        for pair in candidates.of(free):
            if not (groups.claimed[pair.better] or groups.claimed[pair.worse]):
                groups.add(Match(pair, judge(pair)), with_variants=with_variants)
    return groups


def _pairs(rows: Rows, index: HammingIndex, queries: Hashes, *, mirrored: bool = False) -> Rows:
    """Pairs of one of ``rows`` and a worse face: (M, 3) of positions and whether mirrored."""
    left, right = index.search(queries)
    pairs = np.stack([rows[left], right, np.full(len(left), mirrored, np.int64)], axis=1)
    return np.asarray(pairs[pairs[:, 0] < pairs[:, 1]])
