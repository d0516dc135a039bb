"""Matching and its figures, by hand and by their laws."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f2a_faces.detectors import Detection
from f2a_faces.detectors.scoring import DetectionMetrics, ImageDetections, evaluate, iou, match
from f2a_manifests import Box

FACE, OTHER = Box(0, 0, 10, 10), Box(100, 100, 10, 10)
HALF = Box(0, 0, 10, 5)  # of FACE: IoU 0.5
THIRD = Box(5, 0, 10, 10)  # IoU with FACE: 50 of 150 pixels
AWAY = Box(50, 50, 10, 10)


def metrics(marks: str, faces: int) -> DetectionMetrics:
    """Detections from the surest down, ``+`` on a face and ``-`` on none, of ``faces`` to find."""
    found = [
        Detection(Box(20 * n if mark == "+" else 20 * n + 10_000, 0, 10, 10), 1 - n / 100)
        for n, mark in enumerate(marks)
    ]
    there = [face.box for face, mark in zip(found, marks, strict=True) if mark == "+"]
    there += [Box(20 * n, 5_000, 10, 10) for n in range(faces - len(there))]
    return evaluate([ImageDetections(found, there)], 0.5)


def test_intersection_over_union_by_hand() -> None:
    expected = [[1.0, 0.5, 1 / 3, 0.0], [0.0, 0.0, 0.0, 0.0]]
    assert iou([FACE, OTHER], [FACE, HALF, THIRD, AWAY]) == pytest.approx(np.array(expected))
    assert iou([], [FACE]).shape == (0, 1)
    assert iou([FACE], []).shape == (1, 0)
    touching = Box(10, 0, 10, 10)
    assert iou([FACE, Box(0, 0, 0, 0)], [touching, Box(0, 0, 0, 0)]).tolist() == [[0, 0], [0, 0]]


def test_a_box_is_on_a_face_from_the_smallest_overlap_on() -> None:
    image = ImageDetections([Detection(HALF, 1.0)], [FACE])
    assert match(image, 0.5).correct == [Detection(HALF, 1.0)]
    result = match(image, 0.51)
    assert (result.correct, result.false, result.missed) == ([], [Detection(HALF, 1.0)], [FACE])


def test_a_face_counts_once_and_goes_to_the_higher_score() -> None:
    better_placed, surer = Detection(FACE, 0.4), Detection(HALF, 0.9)
    result = match(ImageDetections([better_placed, surer], [FACE, OTHER]), 0.3)
    assert (result.correct, result.false, result.missed) == ([surer], [better_placed], [OTHER])


def test_a_detection_takes_the_face_that_it_overlaps_most_of_those_left() -> None:
    first, second = Detection(Box(1, 0, 10, 10), 0.9), Detection(Box(2, 0, 10, 10), 0.8)
    result = match(ImageDetections([second, first], [FACE, Box(6, 0, 10, 10)]), 0.3)
    assert result.correct == [first, second]
    assert result.missed == []


def test_ignored_faces_are_neither_missed_nor_false() -> None:
    found = [Detection(OTHER, 0.9), Detection(Box(100, 101, 10, 10), 0.8), Detection(AWAY, 0.7)]
    result = evaluate([ImageDetections(found, [FACE], ignored=[OTHER])], 0.3)
    assert result.scores.tolist() == [0.7]
    assert (result.recall, result.precision, result.faces) == (0, 0, 1)


def test_a_face_to_find_comes_before_an_ignored_one() -> None:
    result = match(ImageDetections([Detection(FACE, 0.9)], [HALF], ignored=[FACE]), 0.5)
    assert result.correct == [Detection(FACE, 0.9)]


def test_figures_by_hand() -> None:
    result = metrics("++-+-", faces=5)
    assert (result.recall, result.precision) == (3 / 5, 3 / 5)
    assert result.f1 == pytest.approx(3 / 5)
    scores, recall, precision = result.curve
    assert scores == pytest.approx(np.array([1, 0.99, 0.98, 0.97, 0.96]))
    assert recall == pytest.approx(np.array([1, 2, 2, 3, 3]) / 5)
    assert precision == pytest.approx(np.array([1, 1, 2 / 3, 3 / 4, 3 / 5]))


@pytest.mark.parametrize(
    ("marks", "faces", "area"),
    [
        ("++++", 4, 1.0),
        ("++", 4, 0.5),
        ("+-+", 2, (1 + 2 / 3) / 2),
        ("-+", 1, 1 / 2),
        # The dip at the second recall is filled from the right: 3/4, not 2/3.
        ("+-++", 3, (1 + 3 / 4 + 3 / 4) / 3),
        ("--", 3, 0.0),
        ("", 3, 0.0),
    ],
)
def test_average_precision_by_hand(marks: str, faces: int, area: float) -> None:
    assert metrics(marks, faces).average_precision == pytest.approx(area)


def test_equal_scores_come_in_together() -> None:
    found = [Detection(FACE, 0.5), Detection(AWAY, 0.5)]
    result = evaluate([ImageDetections(found, [FACE])], 0.5)
    assert [values.tolist() for values in result.curve] == [[0.5], [1.0], [0.5]]
    assert result.average_precision == 0.5


def test_what_is_not_defined_is_not_a_number() -> None:
    nothing = evaluate([ImageDetections([], [])], 0.5)
    assert all(math.isnan(value) for value in (nothing.recall, nothing.precision, nothing.f1))
    assert math.isnan(nothing.average_precision)
    blind, wrong = (
        evaluate([ImageDetections([], [FACE])], 0.5),
        evaluate([ImageDetections([Detection(FACE, 1.0)], [])], 0.5),
    )
    assert (blind.recall, blind.f1, blind.average_precision) == (0, 0, 0)
    assert math.isnan(blind.precision)
    assert (wrong.precision, wrong.f1) == (0, 0)
    assert math.isnan(wrong.recall)


# Few places and sizes, so that boxes overlap, coincide and compete.
boxes = st.builds(Box, *[st.integers(0, 12)] * 2, *[st.integers(1, 12)] * 2)
detections = st.builds(Detection, boxes, st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]))
images = st.builds(ImageDetections, *[st.lists(detections, max_size=6)], *[st.lists(boxes, max_size=5)] * 2)
sets = st.lists(images, min_size=1, max_size=4)
overlaps = st.floats(0.05, 1.0)


@given(sets, overlaps, overlaps)
def test_recall_never_rises_with_the_overlap_asked_for(
    some: list[ImageDetections], one: float, two: float
) -> None:
    low, high = (evaluate(some, overlap) for overlap in sorted((one, two)))
    assert low.faces == high.faces == sum(len(image.faces) for image in some)
    assert high.correct.sum() <= low.correct.sum()


@given(sets, overlaps, st.randoms(use_true_random=False))
def test_no_order_matters(some: list[ImageDetections], overlap: float, rng: random.Random) -> None:
    mixed = [
        ImageDetections(*(rng.sample(part, len(part)) for part in (image.found, image.faces, image.ignored)))
        for image in rng.sample(some, len(some))
    ]
    one, two = evaluate(some, overlap), evaluate(mixed, overlap)
    assert one.scores.tolist() == two.scores.tolist()
    assert one.correct.sum() == two.correct.sum()
    assert [values.tolist() for values in one.curve] == [values.tolist() for values in two.curve]
    assert one.average_precision == pytest.approx(two.average_precision, nan_ok=True)


@given(sets, overlaps)
def test_figures_stay_in_their_range(some: list[ImageDetections], overlap: float) -> None:
    result = evaluate(some, overlap)
    assert sum(len(image.found) for image in some) >= len(result.scores)
    if result.faces:
        assert 0 <= result.average_precision <= result.recall + 1e-9 <= 1 + 1e-9


@given(st.lists(st.lists(boxes, min_size=1, max_size=5, unique=True), min_size=1, max_size=4), overlaps)
def test_the_faces_themselves_score_one(faces: list[list[Box]], overlap: float) -> None:
    result = evaluate([ImageDetections([Detection(box, 0.5) for box in some], some) for some in faces], 1.0)
    assert (result.recall, result.precision, result.f1, result.average_precision) == (1, 1, 1, 1)
    assert evaluate([ImageDetections([], some) for some in faces], overlap).recall == 0


@given(sets, overlaps)
def test_ignoring_only_takes_wrong_ones_away(some: list[ImageDetections], overlap: float) -> None:
    with_ignored = evaluate(some, overlap)
    without = evaluate([ImageDetections(image.found, image.faces) for image in some], overlap)
    assert with_ignored.correct.sum() == without.correct.sum()
    assert len(with_ignored.scores) <= len(without.scores)
