"""Every pair of 64-bit hashes within a Hamming radius, exactly, without comparing all with all.

Multi-index hashing (Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing",
2012, propositions 1 and 2): cut each hash into a few bands. Hashes that differ in at most ``radius`` bits
cannot use up more than its share in every band, so looking up each band's value, with up to that many bits
flipped, misses no pair. As the paper advises, bands are about as wide as the number of hashes has bits:
four of 16 bits for few hashes, three of 21 or 22 for a million.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]

MAX_RADIUS = 15  # three flips in each of four bands, 2788 look-ups; comparing all with all is soon as fast
_WIDTHS = (16, 16, 16, 16), (21, 21, 22)  # the last is looked up with the most flips
_LOOKUPS = 5  # that take as long as one candidate
_BLOCK = 2_000_000  # candidates held at once, 100 MB
_RUN = 64_000  # look-ups at once, most of them close to each other in the tables


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
        widths = min(_WIDTHS, key=lambda widths: _expected_cost(widths, len(hashes), radius))
        self._radius, self._reordered = radius, _Reordered(_bit_order(hashes, widths))
        self._hashes = self._reordered(hashes)
        self._bands = [_Band(self._hashes, *band) for band in _searched_bands(widths, radius)]

    def blocks(self, queries: Hashes) -> Iterator[slice]:
        """Cut ``queries`` into runs that `search` answers in bounded memory."""
        cost = np.cumsum(np.minimum(self._cost(self._reordered(queries)), len(self._hashes)))
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
        queries = self._reordered(queries)
        if self._cost(queries).sum() > len(queries) * len(self._hashes):
            return self._compare_all(queries)
        found = [self._numbered(*band.near(queries, self._radius)) for band in self._bands]
        # a pair may agree in several bands; as one number each, pairs can be sorted and made unique
        pairs = np.unique(np.concatenate(found))
        left, right = np.divmod(pairs, max(len(self._hashes), 1))
        return left, right

    def _cost(self, queries: Hashes) -> Rows:
        """Candidates for each query, more than there are hashes where bands are shared, and look-ups."""
        costs: Rows = np.sum([band.cost(queries) for band in self._bands], axis=0)
        return costs

    def _compare_all(self, queries: Hashes) -> tuple[Rows, Rows]:
        left, right = np.nonzero(distance(queries[:, None], self._hashes) <= self._radius)
        return left, right

    def _numbered(self, left: Rows, right: Rows) -> Rows:
        pairs: Rows = left * len(self._hashes) + right
        return pairs


class _Band:
    """One band: the hashes sorted by it, and where each of its values begins."""

    def __init__(self, hashes: Hashes, shift: int, width: int, flips: int) -> None:
        self._shift, self._mask = np.uint64(shift), np.uint64((1 << width) - 1)
        self._masks = _masks(flips, width)
        values = self._values(hashes)
        self._order = np.argsort(values, kind="stable").astype(np.int32)
        self._hashes = hashes[self._order]
        count = np.bincount(values, minlength=1 << width).astype(np.int32)
        self._used = count > 0
        self._begin = np.concatenate([np.zeros(1, np.int32), np.cumsum(count, dtype=np.int32)])
        self._reachable = _reachable(count, flips, width)

    def _values(self, hashes: Hashes) -> Rows:
        return ((hashes >> self._shift) & self._mask).astype(np.int64)

    def cost(self, queries: Hashes) -> Rows:
        """Candidates for each query, and what its look-ups take."""
        costs: Rows = self._reachable[self._values(queries)] + np.int64(len(self._masks) // _LOOKUPS)
        return costs

    def near(self, queries: Hashes, radius: int) -> tuple[Rows, Rows]:
        """Pairs (query, hash) within the radius whose bands differ by no more than the allowed flips."""
        values = self._values(queries)
        # in the order of their bands, so that neighbours in the tables are looked up one after the other
        order = np.argsort(values)
        values, queries = values[order], queries[order]
        found = [self._near(values, queries, rows, radius) for rows in self._runs(len(values))]
        left, right = (np.concatenate(side) for side in zip(*found, strict=True))
        return order.take(left), self._order.take(right).astype(np.int64)

    def _runs(self, count: int) -> Iterator[slice]:
        """Cut queries into runs: many numbers for each call of numpy, from few places in the tables."""
        step = max(1, _RUN // len(self._masks))
        return (slice(start, start + step) for start in range(0, count or 1, step))

    def _near(self, values: Rows, queries: Hashes, rows: slice, radius: int) -> tuple[Rows, Rows]:
        """Pairs of one of some queries and a hash, sorted by the band."""
        wanted = (values[rows, None] ^ self._masks).ravel()
        used = np.flatnonzero(self._used.take(wanted))  # most values of a wide band have no hashes
        wanted = wanted.take(used)
        begin = self._begin.take(wanted)
        counts = self._begin.take(wanted + 1) - begin
        ends = np.cumsum(counts)
        # each bucket's begin, begin + 1, ... one bucket after the other
        right = np.repeat(begin - ends + counts, counts) + np.arange(ends[-1] if len(ends) else 0)
        left = np.repeat(rows.start + used // len(self._masks), counts)
        near = np.flatnonzero(distance(queries.take(left), self._hashes.take(right)) <= radius)
        return left.take(near), right.take(near)


class _Reordered:
    """Puts the bits of hashes into another order: as many look-ups a hash as it has bytes.

    Args:
        order: for each bit from the lowest on, the bit that takes its place.
    """

    def __init__(self, order: Rows) -> None:
        self._tables = np.zeros((8, 256), np.uint64)
        for new, old in enumerate(order.tolist()):
            byte, bit = divmod(old, 8)
            self._tables[byte] |= (np.arange(256, dtype=np.uint64) >> np.uint64(bit) & _ONE) << np.uint64(new)

    def __call__(self, hashes: Hashes) -> Hashes:
        """The same hashes with their bits in the new order."""
        ordered = np.zeros(len(hashes), np.uint64)
        for byte, table in enumerate(self._tables):
            ordered |= table.take((hashes >> np.uint64(8 * byte) & _BYTE).astype(np.int64))
        return ordered


def distance(left: Hashes, right: Hashes) -> NDArray[np.uint8]:
    """How many bits differ, element by element; the shapes are broadcast."""
    differing = left ^ right
    bits: NDArray[np.uint8]
    if hasattr(np, "bitwise_count"):  # numpy 2
        bits = np.bitwise_count(differing)
        return bits
    quarters = _ONES[differing.view(np.uint16)].reshape(*differing.shape, 4)
    bits = quarters.sum(axis=-1, dtype=np.uint8)
    return bits


def _expected_cost(widths: Sequence[int], count: int, radius: int) -> float:
    """Of one query among evenly spread hashes, in candidates."""
    costs = (
        sum(comb(width, flipped) for flipped in range(flips + 1)) * (1 / _LOOKUPS + count / float(1 << width))
        for _, width, flips in _searched_bands(widths, radius)
    )
    return sum(costs)


def _bit_order(hashes: Hashes, widths: Sequence[int]) -> Rows:
    """Spread the telling bits over the bands, so that none holds only bits that are the same everywhere."""
    set_in = np.array([np.count_nonzero(hashes & (_ONE << np.uint64(bit))) for bit in range(64)])
    telling = np.argsort(np.abs(set_in / max(len(hashes), 1) - 0.5), kind="stable")
    begins = accumulate(widths[:-1], initial=0)
    places = sorted(
        (turn, begin) for begin, width in zip(begins, widths, strict=True) for turn in range(width)
    )
    order = np.empty(64, np.int64)
    order[[begin + turn for turn, begin in places]] = telling
    return order


def _searched_bands(widths: Sequence[int], radius: int) -> Iterator[tuple[int, int, int]]:
    """Which bands to look up: where each begins, how wide it is, and with how many flips.

    Shares that add up to ``radius + 1`` over the bands: if each band differed by its share or more, the
    hashes would differ by more than the radius. So one band differs by less than its share.
    """
    for number, (end, width) in enumerate(zip(accumulate(widths), widths, strict=True)):
        share = (radius + 1 + number) // len(widths)
        if share:
            yield end - width, width, share - 1


def _masks(flips: int, width: int) -> Rows:
    """All numbers of so many bits with at most ``flips`` bits set."""
    chosen = (bits for count in range(flips + 1) for bits in combinations(range(width), count))
    return np.array([sum(1 << bit for bit in bits) for bits in chosen], dtype=np.int64)


def _reachable(count: NDArray[np.int32], flips: int, width: int) -> NDArray[np.int32]:
    """For each value, how many hashes have a band at most ``flips`` bits away."""
    exactly = [count] + [np.zeros_like(count)] * flips  # so many flips among the bits gone through so far
    for bit in range(width):
        for flipped in range(flips, 0, -1):
            other = exactly[flipped - 1].reshape(-1, 2, 1 << bit)[:, ::-1].reshape(-1)
            exactly[flipped] = exactly[flipped] + other
    return np.asarray(sum(exactly))


_ONE, _BYTE = np.uint64(1), np.uint64(0xFF)
_ONES = np.array([value.bit_count() for value in range(1 << 16)], dtype=np.uint8)
