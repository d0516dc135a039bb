"""The metrics' mathematics on vectors and pictures made for it; no encoder takes part."""

from itertools import product

import cv2
import numpy as np
import pytest

from f2a_faces.images import Pixels
from f2a_train.metrics import pairing, sets
from f2a_train.metrics.classifier import two_sample
from f2a_train.metrics.copying import exact_copies, nearer_training
from f2a_train.metrics.detection import face_rate, face_score
from f2a_train.metrics.reference import Floats, Reference, Sample, Training
from f2a_train.metrics.statistic import mean_of, score

BLANK = np.zeros((1, 8, 8, 3), np.uint8)
RNG = np.random.default_rng(7)
PICTURES = np.stack(  # each its own soft shapes
    [cv2.resize(RNG.integers(0, 255, (6, 6, 3), dtype=np.uint8), (64, 64)) for _ in range(60)]
)


def normal(seed: int, count: int, shift: float = 0.0, spread: float = 1.0, dimensions: int = 16) -> Floats:
    return np.random.default_rng(seed).normal(shift, spread, (count, dimensions))


def sample(
    judged: Floats, reals: Floats, training: Floats | None = None, anime: Floats | None = None
) -> Sample:
    seen = None if training is None else Training(training, frozenset())
    reference = Reference(reals, np.zeros(reals.shape[1]), np.ones(reals.shape[1]), seen)
    scores = np.zeros(len(judged)) if anime is None else anime
    return Sample(np.repeat(BLANK, len(judged), 0), judged, scores, reference)


def pairs(results: Pixels, sources: Pixels, cycled: Pixels | None = None) -> Sample:
    nothing = np.zeros((len(results), 2))
    reference = Reference(np.zeros((8, 2)), np.zeros(2), np.ones(2))
    return Sample(results, nothing, np.zeros(len(results)), reference, sources, cycled)


def value(metric: object, of: Sample, resamples: int = 0) -> float:
    assert callable(metric)
    return score(metric(of), len(of.faces), len(of.reference.features), resamples).value


def test_kid_is_the_unbiased_estimator_written_out() -> None:
    x, y = normal(0, 9), normal(1, 12, 0.3)

    def k(a: Floats, b: Floats) -> float:
        return float((a @ b / 16 + 1) ** 3)

    within = [np.mean([k(a[i], a[j]) for i, j in product(range(len(a)), repeat=2) if i != j]) for a in (x, y)]
    across = np.mean([k(a, b) for a, b in product(x, y)])
    assert value(sets.kid_local, sample(x, y)) == pytest.approx(sum(within) - 2 * across)


def test_kid_of_one_distribution_is_zero_on_average_and_grows_with_shift_and_spread() -> None:
    same = [value(sets.kid_local, sample(normal(n, 50), normal(n + 500, 50))) for n in range(200)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(len(same))
    for damages in ({"shift": (0, 0.2, 0.4)}, {"shift": (0, -0.3, -0.6)}, {"spread": (1, 1.4, 1.8)}):
        [(name, amounts)] = damages.items()
        found = [
            value(sets.kid_local, sample(normal(1, 200, **{name: by}), normal(2, 200))) for by in amounts
        ]
        assert found == sorted(found)
        assert found[-1] > 5 * np.std(same)


def test_a_face_drawn_twice_is_no_pair_with_itself() -> None:
    """Else every resampling would find less diversity and more distance than there is."""
    x, y = normal(0, 40), normal(1, 40)
    for metric in (sets.kid_local, sets.diversity):
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


def test_density_coverage_and_diversity_of_reals_are_one_and_fall_with_lost_modes() -> None:
    reals = np.concatenate([normal(n, 50, 8 * n) for n in range(4)])
    covered, spread = [], []
    for modes in (4, 3, 2, 1):
        judged = np.concatenate([normal(100 + n, 200 // modes, 8 * n) for n in range(modes)])
        found = sample(judged, reals)
        covered.append(value(sets.coverage, found))
        spread.append(value(sets.diversity, found))
        assert value(sets.density, found) == pytest.approx(1, abs=0.2)  # what is left is still true
    assert covered[0] > 0.9
    assert spread[0] == pytest.approx(1, abs=0.05)
    assert covered == sorted(covered, reverse=True)
    assert spread == sorted(spread, reverse=True)
    assert value(sets.diversity, sample(np.ones((50, 16)), reals)) == 0


def test_two_sample_is_a_coin_for_one_distribution_and_sure_of_two() -> None:
    same = [value(two_sample, sample(normal(n, 60), normal(n + 99, 60))) for n in range(20)]
    assert np.mean(same) == pytest.approx(0.5, abs=0.03)
    rising = [value(two_sample, sample(normal(1, 200, by), normal(2, 200))) for by in (0, 0.1, 0.3, 1)]
    assert rising == sorted(rising)
    assert rising[-1] > 0.95
    uneven = value(two_sample, sample(normal(1, 300), normal(2, 30)))
    assert uneven == pytest.approx(0.5, abs=0.12)  # not 10/11 for always saying the larger set


def test_copies_are_nearer_to_training_than_held_out_reals_are() -> None:
    training, reals, own = normal(0, 300), normal(1, 100), normal(2, 100)
    shares = []
    for copies in (0, 25, 50, 100):
        judged = np.concatenate([training[:copies] + 0.01, own[copies:]])
        shares.append(value(nearer_training, sample(judged, reals, training)))
    assert shares[0] == pytest.approx(0.5, abs=0.08)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert value(nearer_training, sample(normal(3, 50, 5), reals, training)) < 0.01
    assert nearer_training(sample(own, reals)) is None


def test_exact_copies_are_found_mirrored_too() -> None:
    training = PICTURES[:20]
    seen = Training(None, frozenset(face.tobytes() for face in [*training, *training[:, :, ::-1]]))
    reference = Reference(np.zeros((8, 2)), np.zeros(2), np.ones(2), seen)
    judged = np.concatenate([training[:5], training[5:10, :, ::-1], PICTURES[20:30], training[10:] ^ 1])
    found = Sample(judged, np.zeros((30, 2)), np.zeros(30), reference)
    assert value(exact_copies, found) == pytest.approx(10 / 30)
    assert nearer_training(found) is None  # without their features


def test_faces_count_from_the_detectors_threshold_on() -> None:
    scores = np.array([0.1, 0.4, 0.5, 0.6, 0.9])
    found = sample(normal(0, 5), normal(1, 8), anime=scores)
    assert value(face_rate, found) == 0.6
    assert value(face_score, found) == 0.5
    counts = np.array([4.0, 0, 0, 0, 1])  # a resampling
    assert face_score(found)(counts, counts) == 0.1


def test_own_inputs_are_found_again_by_edges_in_other_colours_and_softer() -> None:
    soft = np.stack([cv2.GaussianBlur(face, (0, 0), 1.5) for face in PICTURES])
    for results in (PICTURES, 255 - PICTURES, PICTURES[..., ::-1].copy(), soft):
        assert value(pairing.retrieval_edges, pairs(results, PICTURES)) > 0.97


@pytest.mark.parametrize("metric", [pairing.retrieval_edges, pairing.retrieval_cycle])
def test_retrieval_falls_to_one_half_as_pairs_are_shuffled(metric: object) -> None:
    found = []
    for strangers in (0, 20, 40, 60):
        order = np.arange(60)
        order[:strangers] = np.roll(order[:strangers], 1)
        found.append(value(metric, pairs(PICTURES[order], PICTURES, PICTURES[order])))
    assert found[0] == 1
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("metric", [pairing.retrieval_edges, pairing.retrieval_cycle])
def test_the_same_face_for_any_input_is_chance(metric: object) -> None:
    same = np.repeat(PICTURES[:1], 60, 0)
    assert value(metric, pairs(same, PICTURES, same)) == pytest.approx(0.5)


def test_change_and_cycle_error_are_mean_absolute_differences() -> None:
    half = PICTURES // 2
    found = pairs(half + 51, half, half + np.uint8(102))
    assert value(pairing.change, found) == pytest.approx(51 / 127.5)
    assert value(pairing.cycle_error, found) == pytest.approx(102 / 127.5)
    assert value(pairing.change, pairs(PICTURES, PICTURES)) == 0
    for metric in (pairing.cycle_error, pairing.retrieval_cycle):
        assert metric(pairs(PICTURES, PICTURES)) is None
