"""The perceptual hash, against the package that earlier versions took it from."""

import imagehash
import numpy as np
import pytest
import skimage
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from f2a_demo.drawing import draw
from f2a_faces.crop import SIZES
from f2a_faces.images import Pixels
from f2a_faces.phash import phash


def expected(pixels: Pixels) -> str:
    return str(imagehash.phash(Image.fromarray(pixels)))


@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from(SIZES), blocks=st.sampled_from([1, 2, 8]))
def test_noise_and_blocks_have_the_same_bits(seed: int, size: int, blocks: int) -> None:
    """Blocks of few colours have many frequencies that are nearly equal."""
    cells = np.random.default_rng(seed).integers(0, 256, (size // blocks, size // blocks, 3), np.uint8)
    pixels = cells.repeat(blocks, axis=0).repeat(blocks, axis=1)
    assert phash(pixels) == expected(pixels)


@pytest.mark.parametrize("size", SIZES)
def test_flat_and_half_pictures_have_the_same_bits(size: int) -> None:
    """Here rounding errors decide: most frequencies would be zero."""
    for level in range(0, 256, 5):
        flat = np.full((size, size, 3), (level, 255 - level, 128), np.uint8)
        half = flat.copy()
        half[: size // 2] = level
        for pixels in (flat, half, np.ascontiguousarray(half.transpose(1, 0, 2))):
            assert phash(pixels) == expected(pixels)


@pytest.mark.parametrize("size", SIZES)
def test_photos_and_drawings_have_the_same_bits(size: int) -> None:
    whole = [skimage.data.astronaut(), *(draw(seed).pixels[..., :3] for seed in range(3))]
    for picture in whole:
        for left in range(0, 200, 40):
            part = Image.fromarray(picture[left : left + 300, left : left + 300]).resize((size, size))
            assert phash(np.asarray(part)) == expected(np.asarray(part))
