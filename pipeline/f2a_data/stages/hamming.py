"""Every pair of 64-bit hashes within a Hamming radius, exactly, without comparing all with all.

Multi-index hashing (Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing",
2012, propositions 1 and 2): cut each hash into four bands of 16 bits. Hashes that differ in at most
``radius`` bits cannot use up more than its share in every band, so looking up each band's value, with
up to that many bits flipped, misses no pair.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]

MAX_RADIUS = 15  # three flips in each band, 2788 look-ups a hash; comparing all with all is soon as fast
_BANDS, _BITS = 4, 16
_BLOCK = 2_000_000  # look-ups and candidates held at once, about 100 MB
_PART = 100_000  # hashes whose bits are taken apart at once, 13 MB


class HammingIndex:
    """Look-up tables over hashes, for one radius.

    Memory grows with the number of hashes and of answers, never with the candidates: `blocks` cuts the
    queries accordingly, also where most hashes share a band, as those of flat pictures do.

    Args:
        hashes: uint64, shape (n,).
        radius: how many bits may differ, 0 to `MAX_RADIUS`.

    Raises:
        ValueError: the radius is out of range.
    """

    def __init__(self, hashes: Hashes, radius: int) -> None:
        if not 0 <= radius <= MAX_RADIUS:
            raise ValueError(f"the Hamming radius must be between 0 and {MAX_RADIUS}, not {radius}")
        self._radius, self._order = radius, _bit_order(hashes)
        self._hashes = _reorder(hashes, self._order)
        self._bands = [_Band(self._hashes, number, flips) for number, flips in _searched_bands(radius)]

    def blocks(self, queries: Hashes) -> Iterator[slice]:
        """Cut ``queries`` into runs that `search` answers in bounded memory."""
        cost = np.cumsum(np.minimum(self._cost(_reorder(queries, self._order)), len(self._hashes)))
        start = 0
        while start < len(queries):
            spent = cost[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(cost, spent + _BLOCK)))
            yield slice(start, end)
            start = end

    def search(self, queries: Hashes) -> tuple[Rows, Rows]:
        """Find all pairs of a query and a hash within the radius.

        Returns:
            Positions in ``queries`` and positions in the index's hashes, int64, each pair once,
            in ascending order.
        """
        queries = _reorder(queries, self._order)
        if self._cost(queries).sum() > len(queries) * len(self._hashes):
            return self._compare_all(queries)
        found = [self._verified(queries, *band.candidates(queries)) for band in self._bands]
        # a pair may agree in several bands; as one number each, pairs can be sorted and made unique
        pairs = np.unique(np.concatenate(found))
        left, right = np.divmod(pairs, max(len(self._hashes), 1))
        return left, right

    def _cost(self, queries: Hashes) -> Rows:
        """Look-ups and candidates for each query: more than there are hashes where bands are shared."""
        costs: Rows = np.sum([band.cost(queries) for band in self._bands], axis=0)
        return costs

    def _compare_all(self, queries: Hashes) -> tuple[Rows, Rows]:
        left, right = np.nonzero(distance(queries[:, None], self._hashes) <= self._radius)
        return left, right

    def _verified(self, queries: Hashes, left: Rows, right: Rows) -> Rows:
        near = distance(queries[left], self._hashes[right]) <= self._radius
        pairs: Rows = left[near] * len(self._hashes) + right[near]
        return pairs


class _Band:
    """One 16-bit band: the hashes sorted by it, and where each of its 65,536 values begins."""

    def __init__(self, hashes: Hashes, number: int, flips: int) -> None:
        self._shift = np.uint64(number * _BITS)
        self._masks = _masks(flips)
        values = self._values(hashes)
        self._order = np.argsort(values, kind="stable")
        self._count = np.bincount(values, minlength=1 << _BITS)
        self._begin = np.cumsum(self._count) - self._count
        self._reachable = _reachable(self._count, flips)

    def _values(self, hashes: Hashes) -> Rows:
        return ((hashes >> self._shift) & np.uint64(0xFFFF)).astype(np.int64)

    def cost(self, queries: Hashes) -> Rows:
        """Look-ups and candidates for each query."""
        costs: Rows = self._reachable[self._values(queries)] + len(self._masks)
        return costs

    def candidates(self, queries: Hashes) -> tuple[Rows, Rows]:
        """Pairs (query, hash) whose bands differ by no more than the allowed flips."""
        wanted = (self._values(queries)[:, None] ^ self._masks).ravel()
        counts = self._count[wanted]
        left = np.repeat(np.arange(len(queries)), counts.reshape(-1, len(self._masks)).sum(axis=1))
        # positions in _order: each bucket's begin, begin + 1, ... one bucket after the other
        steps = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        return left, self._order[np.repeat(self._begin[wanted], counts) + steps]


def distance(left: Hashes, right: Hashes) -> NDArray[np.uint8]:
    """How many bits differ, element by element; the shapes are broadcast."""
    differing = left ^ right
    bits: NDArray[np.uint8]
    if hasattr(np, "bitwise_count"):  # numpy 2
        bits = np.bitwise_count(differing)
        return bits
    quarters = _ONES[differing.view(np.uint16)].reshape(*differing.shape, _BANDS)
    bits = quarters.sum(axis=-1, dtype=np.uint8)
    return bits


def _bit_order(hashes: Hashes) -> Rows:
    """Spread the telling bits over the bands, so that none holds only bits that are the same everywhere."""
    parts = (_bits(hashes[start : start + _PART]).sum(axis=0) for start in range(0, len(hashes), _PART))
    set_in = np.sum([np.zeros(64), *parts], axis=0)
    telling = np.argsort(np.abs(set_in / max(len(hashes), 1) - 0.5), kind="stable")
    return telling.reshape(_BITS, _BANDS).T.ravel()


def _reorder(hashes: Hashes, order: Rows) -> Hashes:
    """The hashes with their bits in another order; part by part, as a bit takes a byte on the way."""
    ordered = np.empty(len(hashes), np.uint64)
    for start in range(0, len(hashes), _PART):
        bits = np.take(_bits(hashes[start : start + _PART]), order, axis=1)
        ordered[start : start + _PART] = np.packbits(bits, axis=1).view(np.uint64).ravel()
    return ordered


def _bits(hashes: Hashes) -> NDArray[np.uint8]:
    return np.unpackbits(np.ascontiguousarray(hashes).view(np.uint8).reshape(-1, 8), axis=1)


def _searched_bands(radius: int) -> Iterator[tuple[int, int]]:
    """Which bands to look up, and with how many flips.

    Shares that add up to ``radius + 1`` over the bands: if each band differed by its share or more, the
    hashes would differ by more than the radius. So one band differs by less than its share.
    """
    for number in range(_BANDS):
        share = (radius + 1 + number) // _BANDS
        if share:
            yield number, share - 1


def _masks(flips: int) -> Rows:
    """All 16-bit numbers with at most ``flips`` bits set."""
    chosen = (bits for count in range(flips + 1) for bits in combinations(range(_BITS), count))
    return np.array([sum(1 << bit for bit in bits) for bits in chosen], dtype=np.int64)


def _reachable(count: Rows, flips: int) -> Rows:
    """For each 16-bit value, how many hashes have a band at most ``flips`` bits away."""
    exactly = [count] + [np.zeros_like(count)] * flips  # so many flips among the bits gone through so far
    for bit in range(_BITS):
        other = np.arange(1 << _BITS) ^ (1 << bit)
        for flipped in range(flips, 0, -1):
            exactly[flipped] = exactly[flipped] + exactly[flipped - 1][other]
    return np.asarray(sum(exactly))


_ONES = np.array([value.bit_count() for value in range(1 << _BITS)], dtype=np.uint8)
