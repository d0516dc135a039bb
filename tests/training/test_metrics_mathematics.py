"""The metrics' mathematics on vectors and pictures made for it; no backbone takes part."""

from dataclasses import replace
from itertools import product

import cv2
import numpy as np
import pytest

from f2a_faces.images import Pixels
from f2a_metrics import pairing, sets, tones
from f2a_metrics.blocks import HAIR, SKIN, block_means, brightness
from f2a_metrics.features import Floats
from f2a_metrics.measurements import Measurements, changes
from f2a_metrics.reference import Reference, Sample
from f2a_metrics.statistic import mean_of, score

BLANK = np.zeros((1, 8, 8, 3), np.uint8)
RNG = np.random.default_rng(7)
PICTURES = np.stack(  # each its own soft shapes
    [cv2.resize(RNG.integers(0, 255, (6, 6, 3), dtype=np.uint8), (64, 64)) for _ in range(60)]
)


def normal(seed: int, count: int, shift: float = 0.0, spread: float = 1.0, dimensions: int = 16) -> Floats:
    return np.random.default_rng(seed).normal(shift, spread, (count, dimensions))


def sample(judged: Floats, reals: Floats) -> Sample:
    return Sample(features=judged, reference=Reference(reals), faces=Measurements.of(BLANK))


def pairs(results: Pixels, sources: Pixels | None) -> Sample:
    found = Sample(
        features=np.zeros((len(results), 2)),
        reference=Reference(np.zeros((8, 2))),
        faces=Measurements.of(results),
    )
    if sources is None:
        return found
    return replace(found, sources=Measurements.of(sources), changes=changes(results, sources))


def value(metric: object, of: Sample) -> float:
    assert callable(metric)
    return score(metric(of), len(of.features), len(of.reference.features), 0).value


def test_kid_is_the_unbiased_estimator_written_out() -> None:
    x, y = normal(0, 9), normal(1, 12, 0.3)

    def k(a: Floats, b: Floats) -> float:
        return float((a @ b / 16 + 1) ** 3)

    within = [np.mean([k(a[i], a[j]) for i, j in product(range(len(a)), repeat=2) if i != j]) for a in (x, y)]
    across = np.mean([k(a, b) for a, b in product(x, y)])
    assert value(sets.kid_lite2, sample(x, y)) == pytest.approx(1000 * (sum(within) - 2 * across))


def test_kid_of_one_distribution_is_zero_on_average_and_grows_with_shift_and_spread() -> None:
    same = [value(sets.kid_lite2, sample(normal(n, 50), normal(n + 500, 50))) for n in range(200)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(len(same))
    for damages in ({"shift": (0, 0.2, 0.4)}, {"shift": (0, -0.3, -0.6)}, {"spread": (1, 1.4, 1.8)}):
        [(name, amounts)] = damages.items()
        found = [
            value(sets.kid_lite2, sample(normal(1, 200, **{name: by}), normal(2, 200))) for by in amounts
        ]
        assert found == sorted(found)
        assert found[-1] > 5 * np.std(same)


def test_a_face_drawn_twice_is_no_pair_with_itself() -> None:
    """Else every resampling would find less spread and more distance than there is."""
    x, y = normal(0, 40), normal(1, 40)
    for metric in (sets.kid_lite2, sets.spread):
        found = score(metric(sample(x, y)), 40, 40, 1000)
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.value < found.high
        assert abs((found.low + found.high) / 2 - found.value) < 0.2 * (found.high - found.low)


def test_intervals_hold_the_truth_nineteen_times_in_twenty() -> None:
    held = 0
    for seed in range(300):
        found = score(mean_of(normal(seed, 50)[:, 0]), 50, 50, 200)
        assert found.low is not None
        assert found.high is not None
        held += found.low < 0 < found.high
    assert 0.9 < held / 300 < 0.99


def test_density_and_coverage_are_those_of_the_paper_written_out() -> None:
    judged, reals = normal(0, 30, dimensions=2), normal(1, 40, dimensions=2)
    gaps = np.linalg.norm(reals[:, None] - reals, axis=2)
    radii = np.sort(gaps, axis=1)[:, 5]
    inside = np.linalg.norm(judged[:, None] - reals, axis=2) < radii
    assert value(sets.density, sample(judged, reals)) == pytest.approx(inside.sum() / (5 * 30))
    assert value(sets.coverage, sample(judged, reals)) == pytest.approx(inside.any(0).mean())


def test_density_coverage_and_spread_of_reals_are_one_and_fall_with_lost_modes() -> None:
    reals = np.concatenate([normal(n, 50, 8 * n) for n in range(4)])
    covered, spread = [], []
    for modes in (4, 3, 2, 1):
        judged = np.concatenate([normal(100 + n, 200 // modes, 8 * n) for n in range(modes)])
        found = sample(judged, reals)
        covered.append(value(sets.coverage, found))
        spread.append(value(sets.spread, found))
        assert value(sets.density, found) == pytest.approx(1, abs=0.2)  # what is left is still true
    assert covered[0] > 0.9
    assert spread[0] == pytest.approx(1, abs=0.05)
    assert covered == sorted(covered, reverse=True)
    assert spread == sorted(spread, reverse=True)
    assert value(sets.spread, sample(np.ones((50, 16)), reals)) == 0


def test_own_photos_are_found_again_by_edges_in_other_colours_and_softer() -> None:
    soft = np.stack([cv2.GaussianBlur(face, (0, 0), 1.5) for face in PICTURES])
    for results in (PICTURES, 255 - PICTURES, PICTURES[..., ::-1].copy(), soft):
        assert value(pairing.retrieval, pairs(results, PICTURES)) > 0.97


def test_own_photos_are_nearest_by_colours_whatever_is_drawn_within_the_blocks() -> None:
    rng = np.random.default_rng(0)
    grainy = np.clip(PICTURES + rng.normal(0, 40, PICTURES.shape), 0, 255).astype(np.uint8)
    paler = (PICTURES * 0.7 + 50).astype(np.uint8)
    for results in (PICTURES, grainy, paler):
        assert value(pairing.colour_rank, pairs(results, PICTURES)) < 0.01
    assert value(pairing.colour_rank, pairs(255 - PICTURES, PICTURES)) > 0.9


def test_ranks_of_the_own_photo_fall_to_chance_as_pairs_are_shuffled() -> None:
    outlines, colours = [], []
    for strangers in (0, 20, 40, 60):
        order = np.arange(60)
        order[:strangers] = np.roll(order[:strangers], 1)
        outlines.append(value(pairing.retrieval, pairs(PICTURES[order], PICTURES)))
        colours.append(value(pairing.colour_rank, pairs(PICTURES[order], PICTURES)))
    assert (outlines[0], colours[0]) == (1, 0)
    assert outlines == sorted(outlines, reverse=True)
    assert colours == sorted(colours)
    assert (outlines[-1], colours[-1]) == (pytest.approx(0.5, abs=0.1), pytest.approx(0.5, abs=0.1))


def test_the_same_face_for_any_photo_is_chance() -> None:
    same = pairs(np.repeat(PICTURES[:1], 60, 0), PICTURES)
    assert value(pairing.retrieval, same) == pytest.approx(0.5)
    assert value(pairing.colour_rank, same) == pytest.approx(0.5)
    assert value(tones.tone_rank_skin, same) == value(tones.tone_rank_hair, same) == 0


def test_change_is_the_mean_absolute_difference() -> None:
    half = PICTURES // 2
    assert value(pairing.change, pairs(half + 51, half)) == pytest.approx(51 / 127.5)
    assert value(pairing.change, pairs(PICTURES, PICTURES)) == 0


def test_without_photos_nothing_of_pairs_can_be_told() -> None:
    for metric in (pairing.retrieval, pairing.colour_rank, pairing.change, *TONES):
        assert metric(pairs(PICTURES, None)) is None


TONES = (tones.tone_rank_skin, tones.tone_rank_hair, tones.dark_skin_paler)


def people(skin: Floats, hair: Floats) -> Pixels:
    """Grey faces with skin in their lower part and hair in their upper one, brightness 0 to 255."""
    faces = np.empty((len(skin), 64, 64, 3))
    faces[:, :20], faces[:, 20:] = hair[:, None, None, None], skin[:, None, None, None]
    return faces.round().astype(np.uint8)


def test_skin_and_hair_are_looked_at_where_they_are() -> None:
    faces = people(np.array([51.0, 204]), np.array([255.0, 0]))
    assert brightness(faces, SKIN) == pytest.approx([0.2, 0.8])
    assert brightness(faces, HAIR) == pytest.approx([1, 0])


def test_tones_follow_the_photo_or_do_not() -> None:
    skin, hair = RNG.uniform(20, 230, 40), RNG.uniform(0, 255, 40)
    photos = people(skin, hair)
    pale = people(200 + skin / 10, hair)  # all pale, the darkest still the darkest
    turned = people(255 - skin, hair[::-1])
    assert [value(metric, pairs(photos, photos)) for metric in TONES] == pytest.approx([1, 1, 0])
    assert value(tones.tone_rank_skin, pairs(pale, photos)) > 0.95
    assert value(tones.dark_skin_paler, pairs(pale, photos)) > 0.5
    assert value(tones.tone_rank_skin, pairs(turned, photos)) == pytest.approx(-1, abs=0.01)
    assert abs(value(tones.tone_rank_hair, pairs(turned, photos))) < 0.4


def test_the_dark_are_looked_at_apart_from_the_fair() -> None:
    skin = np.repeat([40.0, 200], [10, 30])
    only_dark = np.where(skin < 100, 200, skin)
    found = pairs(people(only_dark, skin), people(skin, skin))
    assert value(tones.dark_skin_paler, found) == pytest.approx(160 / 255, abs=0.01)
    only_fair = np.where(skin > 100, 250, skin)
    assert value(tones.dark_skin_paler, pairs(people(only_fair, skin), people(skin, skin))) == 0


def test_equal_values_share_a_rank() -> None:
    """Spearman's correlation by hand: ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4."""
    found = tones.spearman(np.array([0.0, 5, 5, 9]), np.array([1.0, 3, 2, 4]))
    assert found == pytest.approx(4.5 / np.sqrt(4.5 * 5))


def test_blocks_are_means() -> None:
    rows = np.repeat(np.arange(8), 8)[:, None]
    face = np.broadcast_to((rows * 30).astype(np.uint8)[..., None], (64, 64, 3))
    assert block_means(np.array(face[None]), 8).reshape(8, 8, 3)[:, 0, 0] == pytest.approx(
        np.arange(8) * 30 / 255
    )
