"""Whether eyes match, on drawn discs."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f2a_faces import eyes
from f2a_faces.images import Pixels


def face(
    side: int = 64,
    *,
    left: float = 6,
    right: float = 6,
    colour: tuple[int, int, int] = (30, 60, 160),
    other: tuple[int, int, int] = (30, 60, 160),
    moved: int = 0,
    tilt: float = 0,
) -> Pixels:
    """A face whose eyes are discs of these radii and colours, moved sideways and tilted."""
    canvas = np.full((64, 64, 3), (245, 215, 195), np.uint8)
    for x, radius, of in ((20, left, colour), (43, right, other)):
        cv2.circle(canvas, (x + moved, 27), round(radius), of, -1, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((31.5, 28), tilt, 1)
    turned = cv2.warpAffine(canvas, turn, (64, 64), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(turned, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("side", [64, 128, 256])
def test_equal_eyes_match(side: int) -> None:
    assert eyes.match(face(side)) > 0.95


@settings(deadline=None)
@given(st.integers(-4, 4), st.floats(-9, 9))
def test_a_moved_or_tilted_face_has_the_same_eyes(moved: int, tilt: float) -> None:
    assert eyes.match(face(moved=moved, tilt=tilt)) > 0.85


@settings(deadline=None)
@given(st.floats(1, 3.4))
def test_eyes_of_two_sizes_do_not(smaller: float) -> None:
    assert eyes.match(face(right=smaller)) < eyes.match(face()) - 0.1


def test_eyes_of_two_colours_do_not() -> None:
    assert eyes.match(face(other=(200, 40, 40))) < eyes.match(face()) - 0.1


def test_it_is_the_same_for_the_mirrored_face() -> None:
    one = face(right=3, moved=2, tilt=5)
    assert eyes.match(one) == pytest.approx(eyes.match(np.ascontiguousarray(one[:, ::-1])), abs=0.05)


def test_a_plain_area_has_no_eyes_that_match() -> None:
    assert eyes.match(np.full((64, 64, 3), 128, np.uint8)) < 0.01
