"""Candidates and groups, by hashes and judges made here."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f2a_data.stages import copies, hamming
from f2a_data.stages.copies import Candidates, Groups, Judge, Match, Pair, grouped
from f2a_faces.cuts import INNER, MIRRORED, WHOLE, Hashes, cuts
from f2a_faces.likeness import Difference, Likeness

COPY, VARIANT, OTHER = Difference(0, 0), Difference(0.1, 0.1), Difference(1, 1)
SEEDS = st.integers(0, 2**32 - 1)


def test_the_differences_mean_what_these_tests_say() -> None:
    assert [one.likeness for one in (COPY, VARIANT, OTHER)] == list(Likeness)


def distinct(count: int, seed: int = 0) -> Hashes:
    return np.random.default_rng(seed).integers(0, 2**64, (count, len(cuts())), dtype=np.uint64)


def near(seed: int, count: int) -> Hashes:
    """Hashes around a few centres, up to eight bits from them."""
    generator = np.random.default_rng(seed)
    bits = np.uint64(1) << generator.integers(0, 64, (8, count, len(cuts())), dtype=np.uint64)
    return generator.choice(distinct(3, seed), count) ^ np.bitwise_or.reduce(bits, axis=0)


def each(judge: Callable[[Pair], Difference]) -> Judge:
    return lambda pairs: [Match(pair, judge(pair)) for pair in pairs]


def distance(one: int, other: int) -> int:
    return (int(one) ^ int(other)).bit_count()


def expected(hashes: Hashes, radius: int, *, mirrored: bool) -> set[Pair]:
    pairs = set()
    for better, one in enumerate(hashes):
        for worse, other in enumerate(hashes[better + 1 :], better + 1):
            plain = [distance(one[WHOLE], other[WHOLE])]
            plain += [distance(cut, other[INNER]) for cut in one[INNER:]]
            turned = [distance(one[cut] ^ MIRRORED, other[cut]) for cut in (WHOLE, INNER)]
            pairs |= {Pair(better, worse, False)} if min(plain) <= radius else set()
            pairs |= {Pair(better, worse, True)} if mirrored and min(turned) <= radius else set()
    return pairs


@settings(deadline=None)
@given(seed=SEEDS, count=st.integers(0, 25), radius=st.integers(0, 10), mirrored=st.booleans())
def test_candidates_are_the_pairs_of_the_definition(
    seed: int,
    count: int,
    radius: int,
    mirrored: bool,  # noqa: FBT001
) -> None:
    hashes = near(seed, count)
    found = Candidates(hashes, radius, mirrored=mirrored).of(np.arange(count))
    assert found == sorted(expected(hashes, radius, mirrored=mirrored))


def stars(hashes: Hashes, difference: Difference, **options: bool) -> Groups:
    return grouped(len(hashes), Candidates(hashes, 6, mirrored=True), each(lambda _: difference), **options)


@settings(deadline=None)
@given(seed=SEEDS, count=st.integers(0, 25))
def test_groups_are_stars_around_faces_that_are_no_copies(seed: int, count: int) -> None:
    groups = stars(near(seed, count), COPY, with_variants=False)
    copies = [match.pair.worse for match in groups.copies]
    assert sorted(copies) == np.flatnonzero(groups.claimed).tolist()
    assert not any(groups.claimed[match.pair.better] for match in groups.copies)


@settings(deadline=None, max_examples=25)  # each is looked up in up to 400 blocks
@given(seed=SEEDS, count=st.integers(0, 25), block=st.integers(1, 400))
def test_groups_do_not_depend_on_how_many_faces_are_looked_up_at_once(
    seed: int, count: int, block: int
) -> None:
    hashes = near(seed, count)
    whole = stars(hashes, COPY, with_variants=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hamming, "_BLOCK", block)
        assert stars(hashes, COPY, with_variants=False).copies == whole.copies


def test_a_chain_is_no_group() -> None:
    """B is a copy of A, C of B, but C is none of A: C stays."""
    groups = grouped(
        3,
        Candidates(np.repeat(distinct(1), 3, axis=0), 6, mirrored=False),
        each(lambda pair: OTHER if pair[:2] == (0, 2) else COPY),
        with_variants=False,
    )
    assert [match.pair[:2] for match in groups.copies] == [(0, 1)]


def test_hardly_any_but_free_faces_are_compared() -> None:
    asked = []

    def judge(pair: Pair) -> Difference:
        asked.append(pair[:2])
        return COPY

    hashes = np.repeat(distinct(1), 500, axis=0)
    grouped(500, Candidates(hashes, 6, mirrored=False), each(judge), with_variants=False)
    assert {pair for pair in asked if pair[0] == 0} == {(0, worse) for worse in range(1, 500)}
    assert len(asked) < 499 + copies._BATCH


def test_variants_are_claimed_only_when_asked() -> None:
    hashes = np.repeat(distinct(1), 3, axis=0)
    kept = stars(hashes, VARIANT, with_variants=False)
    assert not kept.copies
    assert [match.pair[:2] for match in kept.kept_variants()] == [(0, 1), (0, 2)]
    dropped = stars(hashes, VARIANT, with_variants=True)
    assert [match.pair[:2] for match in dropped.copies] == [(0, 1), (0, 2)]


def test_a_variant_that_is_a_copy_of_another_face_is_no_kept_variant() -> None:
    groups = grouped(
        3,
        Candidates(np.repeat(distinct(1), 3, axis=0), 6, mirrored=False),
        each(lambda pair: VARIANT if pair.better == 0 else COPY),
        with_variants=False,
    )
    assert [match.pair[:2] for match in groups.copies] == [(1, 2)]
    assert [match.pair[:2] for match in groups.kept_variants()] == [(0, 1)]
