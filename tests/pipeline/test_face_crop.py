"""The geometry and the resampling of crops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from f2a_faces.crop import PRESETS, SIZES, CropError, CropRule, crop_face, cut, parse_rule, rule, square
from f2a_manifests import Box, Square

sides = st.integers(20, 3000)
boxes = st.builds(
    Box, st.integers(-50, 3000), st.integers(-50, 3000), st.integers(1, 1500), st.integers(1, 1500)
)


@given(box=boxes, width=sides, height=sides, name=st.sampled_from(sorted(PRESETS)))
def test_the_square_lies_inside_the_image(box: Box, width: int, height: int, name: str) -> None:
    left, top, side = square(box, width, height, rule(name))
    assert 0 <= left <= left + side <= width + 1e-6
    assert 0 <= top <= top + side <= height + 1e-6
    assert side > 0


@given(
    x=st.integers(500, 1000), y=st.integers(500, 1000), side=st.integers(50, 200),
    dx=st.integers(0, 300), dy=st.integers(0, 300), name=st.sampled_from(["paper", "default"]),
)  # fmt: skip
def test_the_square_moves_with_the_box(x: int, y: int, side: int, dx: int, dy: int, name: str) -> None:
    own = rule(name)
    left, top, width = square(Box(x, y, side, side), 2000, 2000, own)
    assert square(Box(x + dx, y + dy, side, side), 2000, 2000, own) == pytest.approx(
        (left + dx, top + dy, width)
    )


def test_the_paper_rule_by_hand() -> None:
    """A 100 px face at (300, 300): 150 px square, its centre 20 px above the face's (a fifth)."""
    assert square(Box(300, 300, 100, 100), 1000, 1000, rule("paper")) == (275.0, 255.0, 150.0)
    assert square(Box(0, 0, 100, 100), 1000, 1000, rule("paper")) == (0.0, 0.0, 150.0)  # moved inside


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_rule_comes_back_from_its_text(name: str, size: int) -> None:
    assert parse_rule(str(rule(name, size))) == rule(name, size)


@pytest.mark.parametrize(
    "text", ["", "paper", "paper size=64", "paper size=x padding=1 lift=0 min_box=1 max_upscale=1"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the message is Python's own for a bad number
        parse_rule(text)


@given(
    seed=st.integers(0, 2**32 - 1), width=st.integers(8, 400), height=st.integers(8, 400),
    size=st.sampled_from(SIZES), share=st.floats(0.02, 1), x=st.floats(0, 1), y=st.floats(0, 1),
)  # fmt: skip
def test_what_lies_around_a_square_has_no_part_in_the_result(
    seed: int, width: int, height: int, size: int, share: float, x: float, y: float
) -> None:
    """Only the pixels that the filter reads are resampled; the result is that of the whole image."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    side = max(1.0, share * min(width, height))
    place = Square(x * (width - side), y * (height - side), side)
    image, lanczos = Image.fromarray(pixels), Image.Resampling.LANCZOS
    columns = image.resize((size, height), lanczos, box=(place.x, 0, place.x + side, height))
    whole = columns.resize((size, size), lanczos, box=(0, place.y, size, place.y + side))
    assert (cut(pixels, place, size) == np.asarray(whole)).all()


def test_shrinking_is_antialiased() -> None:
    """Stripes of one pixel shrink to even grey; a resampler that skips pixels would keep stripes."""
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = crop_face(stripes, Box(0, 0, 512, 512), CropRule("test", size=64))
    assert abs(int(crop.min()) - 127) < 10
    assert abs(int(crop.max()) - 127) < 10


def test_the_face_is_where_the_box_is() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    image[200:264, 100:164] = (255, 0, 0)
    crop = crop_face(image, Box(100, 200, 64, 64), CropRule("test", size=64))
    assert (crop == (255, 0, 0)).all()


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        (Box(10, 10, 20, 20), "20 px, the rule requires 24"),
        (Box(500, 10, 40, 40), "not in the image: .* in 300x300 pixels"),
        (Box(10, 10, 0, 40), "not in the image: .* in 300x300 pixels"),
        (Box(100, 100, 25, 25), "would be enlarged"),
    ],
)
def test_a_face_that_cannot_be_cut_says_why(box: Box, reason: str) -> None:
    with pytest.raises(CropError, match=reason):
        crop_face(np.zeros((300, 300, 3), np.uint8), box, rule("default", 64))


@pytest.mark.parametrize(("name", "size"), [("none", 64), ("paper", 65), ("paper", 1024)])
def test_an_impossible_rule_is_refused(name: str, size: int) -> None:
    with pytest.raises(ValueError, match="crop"):
        rule(name, size)
