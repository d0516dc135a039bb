"""A photo's eyes become more alike, and nothing else changes."""

import pytest
import torch

from f2a_faces.eyes import match
from f2a_methods.projected.eyes import eye_mask
from f2a_methods.projected.masked_blur import MaskedBlur


@pytest.mark.parametrize("size", [64, 128, 256])
def test_two_different_eyes_match_better(size: int) -> None:
    photo = torch.zeros(1, 3, size, size)
    unit = size // 32
    photo[..., 14 * unit : 16 * unit, 8 * unit : 12 * unit] = -0.9
    photo[..., 15 * unit : 16 * unit, 20 * unit : 24 * unit] = 0.9
    done = MaskedBlur(eye_mask(photo.shape[-1]), both_sides=True)(photo)
    pixels = [((face[0].permute(1, 2, 0) + 1) * 127.5).round().byte().numpy() for face in (photo, done)]
    assert match(pixels[1]) > match(pixels[0]) + 0.1
    rows = slice(int(0.35 * size), int(0.63 * size))
    changed = (done - photo).abs().amax((0, 1))
    changed[rows] = 0
    assert changed.max() == 0


def test_eyes_that_are_alike_only_lose_contrast() -> None:
    photo = torch.full((1, 3, 64, 64), 0.5)
    photo[..., 28:32, 16:24] = photo[..., 28:32, 40:48] = -0.8
    done = MaskedBlur(eye_mask(photo.shape[-1]), both_sides=True)(photo)
    assert torch.allclose(done, done.flip(-1), atol=1e-6)
    assert done[..., 28:32, 16:24].max() < 0.2
