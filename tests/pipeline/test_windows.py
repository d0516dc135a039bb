"""Tall and wide images are searched in windows, so that their faces are found as in single pictures."""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from f2a_demo.drawing import draw
from f2a_faces.detectors import Detection, SingleScale, find_faces, load, windows
from f2a_faces.detectors.scoring import ImageDetections, evaluate
from f2a_faces.images import Pixels, encode_jpeg, reduced
from f2a_manifests import Box, Landmark

Strip = tuple[Pixels, list[Box]]
SIDE = 800


def stacked(panels: list[Strip], *, across: bool) -> Strip:
    """Panels of 800x800 pixels in a row or a column, with their boxes."""
    sheet = (np.hstack if across else np.vstack)([pixels for pixels, _ in panels])
    boxes = [
        box._replace(x=box.x + SIDE * number) if across else box._replace(y=box.y + SIDE * number)
        for number, (_, faces) in enumerate(panels)
        for box in faces
    ]
    return np.asarray(sheet, np.uint8), boxes


def panel(pixels: Pixels, boxes: list[Box]) -> Strip:
    down, across = SIDE / pixels.shape[0], SIDE / pixels.shape[1]
    scaled = [Box(*map(round, (x * across, y * down, w * across, h * down))) for x, y, w, h in boxes]
    return np.asarray(cv2.resize(pixels[..., :3], (SIDE, SIDE)), np.uint8), scaled


def drawings(count: int = 10) -> list[Strip]:
    return [panel(drawing.pixels, list(drawing.boxes)) for drawing in map(draw, range(900, 900 + count))]


def photos(count: int = 10) -> list[Strip]:
    return [panel(astronaut(), [Box(177, 75, 95, 110)])] * count


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize(("kind", "panels"), [("anime", drawings), ("human", photos)])
def test_the_faces_of_a_strip_are_found_and_each_once(
    kind: str, panels: Callable[[], list[Strip]], *, across: bool
) -> None:
    detector = load("f2a", kind=kind)
    pixels, boxes = stacked(panels(), across=across)
    decoded, found = find_faces(encode_jpeg(pixels), detector)
    assert {decoded.width, decoded.height} == {SIDE, 10 * SIDE}
    metrics = evaluate([ImageDetections(found, boxes)], 0.4)
    assert metrics.recall > 0.8
    assert metrics.precision >= 0.9


@pytest.mark.parametrize("size", [(800, 800), (1000, 400), (400, 1000), (320, 128)])
def test_other_images_are_searched_once_and_as_before(size: tuple[int, int]) -> None:
    width, height = size
    data = encode_jpeg(np.asarray(cv2.resize(draw(903).pixels[..., :3], size), np.uint8))
    looks: list[tuple[int, ...]] = []

    class Counting(SingleScale):
        max_side = 320

        def prepare(self) -> None: ...

        def find(self, pixels: Pixels) -> list[Detection]:
            looks.append(pixels.shape)
            return []

    find_faces(data, Counting())
    assert looks == [(*(round(side * 320 / max(size)) for side in (height, width)), 3)]


@pytest.mark.parametrize(
    "size", [(800, 8000), (8000, 800), (801, 2003), (1, 5000), (3, 70_001), (700, 1_000_000)]
)
def test_windows_cover_the_image_and_share_what_a_face_needs(size: tuple[int, int]) -> None:
    found = list(windows.over(*size))
    long, short = max(size), min(size)
    assert (found[0].start, found[-1].end) == (0, long)
    assert 2 <= len(found) <= windows.MOST + 1
    for one, other in pairwise(found):
        assert one.start < other.start
        assert one.end - other.start >= round(windows.OVERLAP * short) - 1
        assert one.across is (size[0] > size[1])


def test_what_touches_an_inner_edge_is_left_to_the_next_window() -> None:
    first, *_, last = windows.over(100, 400)
    at_the_top, cut = Detection(Box(0, -2, 40, 40), 0.9), Detection(Box(0, 85, 40, 40), 0.9)
    inside = Detection(Box(10, 60, 40, 40), 0.9, (Landmark("left_eye", 20, 70),))
    assert first.whole([at_the_top, cut, inside]) == [at_the_top, inside]
    [moved] = last.whole([cut, at_the_top])
    assert moved.box == Box(0, last.start + 85, 40, 40)
    [lower] = last.whole([inside])
    assert lower.landmarks == (Landmark("left_eye", 20, 70 + last.start),)


def test_a_face_larger_than_a_window_shows_comes_from_the_whole_image() -> None:
    large = Detection(Box(0, 100, 90, 90), 0.5)
    part, beside = Detection(Box(10, 120, 60, 50), 0.9), Detection(Box(10, 250, 40, 40), 0.6)
    small = Detection(Box(12, 251, 40, 40), 0.9)
    assert windows.merge([large, small], [part, beside], 100) == [beside, large]


def test_negative_weights_are_scores_too() -> None:
    faces = [Detection(Box(0, 0, 10, 10), -1.0), Detection(Box(50, 0, 10, 10), -3.0)]
    assert windows.each_once(faces) == faces
    assert windows.each_once([]) == []


def test_a_window_is_reduced_as_an_image_is() -> None:
    part = reduced(np.zeros((300, 200, 3), np.uint8), 150)
    assert (part.width, part.height, part.pixels.shape, part.scale) == (200, 300, (150, 100, 3), 2.0)
