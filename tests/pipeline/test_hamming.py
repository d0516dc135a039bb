from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f2a_data.stages import hamming
from f2a_data.stages.hamming import MAX_RADIUS, HammingIndex, Hashes, distance

SEEDS = st.integers(0, 2**32 - 1)


def random_hashes(count: int, seed: int = 0) -> Hashes:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


def clustered(count: int, seed: int) -> Hashes:
    """Few centres, each hash some random bits away from one: as near copies and flat pictures are."""
    generator = np.random.default_rng(seed)
    centres = generator.choice(
        np.array([0, 2**63, 2**64 - 1, 0xFFFF, 0x123456789ABCDEF], dtype=np.uint64), count
    )
    bits = generator.integers(0, 64, (count, 12), dtype=np.uint64)
    used = np.arange(12) < generator.integers(0, 13, count)[:, None]
    flips = np.bitwise_xor.reduce(np.where(used, np.uint64(1) << bits, np.uint64(0)), axis=1)
    return np.asarray(centres ^ flips, dtype=np.uint64)


def all_pairs(index: HammingIndex, queries: Hashes) -> set[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for block in index.blocks(queries):
        left, right = index.search(queries[block])
        found += zip((left + block.start).tolist(), right.tolist(), strict=True)
    assert len(found) == len(set(found))
    return set(found)


def brute_force(queries: Hashes, hashes: Hashes, radius: int) -> set[tuple[int, int]]:
    """The definition, with Python's integers."""
    return {
        (left, right)
        for left, query in enumerate(queries.tolist())
        for right, value in enumerate(hashes.tolist())
        if (query ^ value).bit_count() <= radius
    }


@settings(deadline=None)
@given(count=st.integers(0, 40), radius=st.integers(0, MAX_RADIUS), seed=SEEDS)
def test_few_hashes_give_every_pair_and_no_other(count: int, radius: int, seed: int) -> None:
    hashes = clustered(count, seed)
    assert all_pairs(HammingIndex(hashes, radius), hashes) == brute_force(hashes, hashes, radius)


CASES = [(hamming._WIDTHS[0], radius) for radius in range(MAX_RADIUS + 1)] + [
    (hamming._WIDTHS[1], radius) for radius in (0, 1, 4, 6, 9)
]


@pytest.mark.parametrize(("widths", "radius"), CASES)
def test_the_tables_give_every_pair_among_many_hashes(
    widths: tuple[int, ...], radius: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far hashes around a few near ones, so that the tables are looked up and not all compared with all."""
    monkeypatch.setattr(hamming, "_WIDTHS", (widths,))
    hashes = random_hashes(60_000, radius)
    generator = np.random.default_rng(radius)
    flips = [
        sum(1 << int(bit) for bit in generator.choice(64, size, replace=False))
        for size in range(20)
        for _ in range(5)
    ]
    queries = hashes[: len(flips)] ^ np.array(flips, dtype=np.uint64)
    near = distance(queries[:, None], hashes) <= radius
    assert all_pairs(HammingIndex(hashes, radius), queries) == set(map(tuple, np.argwhere(near).tolist()))


def test_hashes_that_share_their_bands_are_answered_in_blocks_of_bounded_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hamming, "_BLOCK", 10_000)
    hashes = clustered(2_000, seed=1)
    index = HammingIndex(hashes, 4)
    blocks = list(index.blocks(hashes))
    assert [block.stop for block in blocks[:-1]] == [block.start for block in blocks[1:]]
    assert (blocks[0].start, blocks[-1].stop) == (0, len(hashes))
    assert all((block.stop - block.start) * len(hashes) <= 100_000 for block in blocks)
    assert len(all_pairs(index, hashes)) == int((distance(hashes[:, None], hashes) <= 4).sum())


@pytest.mark.parametrize("count", [0, 5_000])
def test_no_queries_have_no_answers(count: int) -> None:
    index = HammingIndex(random_hashes(count), 4)
    assert all_pairs(index, random_hashes(0)) == set()
    assert [len(column) for column in index.search(random_hashes(0))] == [0, 0]


def test_pairs_come_in_ascending_order() -> None:
    hashes = clustered(200, seed=2)
    left, right = HammingIndex(hashes, 6).search(hashes)
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    assert all(one < other for one, other in pairwise(pairs))


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=20))
def test_distance_counts_bits_with_and_without_numpy_2(values: list[int]) -> None:
    left, right = np.array(values, dtype=np.uint64), np.array(values[::-1], dtype=np.uint64)
    expected = [(one ^ other).bit_count() for one, other in zip(values, values[::-1], strict=True)]
    assert distance(left, right).tolist() == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(np, "bitwise_count", raising=False)
        assert distance(left, right).tolist() == expected
        assert distance(left[:, None], right).shape == (len(values), len(values))


@pytest.mark.parametrize("radius", [-1, MAX_RADIUS + 1])
def test_a_radius_out_of_range_is_refused(radius: int) -> None:
    with pytest.raises(ValueError, match="radius"):
        HammingIndex(random_hashes(3), radius)
