"""A photo's eyes are blurred, and nothing else changes."""

import pytest
import torch

from f2a_methods.projected.eyes import eye_mask
from f2a_methods.projected.masked_blur import MaskedBlur


@pytest.mark.parametrize("size", [64, 128, 256])
def test_only_the_eyes_lose_contrast(size: int) -> None:
    unit = size // 32
    photo = torch.zeros(1, 3, size, size)
    photo[..., ::2] = 0.9  # stripes that a blur makes grey
    done = MaskedBlur(eye_mask(size))(photo)
    eyes = done[..., 14 * unit : 17 * unit, 8 * unit : 24 * unit]
    assert eyes.max() - eyes.min() < 0.4  # 0.9 before
    rows = slice(int(0.35 * size), int(0.63 * size))
    changed = (done - photo).abs().amax((0, 1))
    changed[rows] = 0
    assert changed.max() == 0


def test_something_of_the_eyes_stays() -> None:
    photo = torch.full((1, 3, 64, 64), 0.5)
    photo[..., 28:32, 16:24] = photo[..., 28:32, 40:48] = -0.8
    done = MaskedBlur(eye_mask(64))(photo)
    assert -0.6 < done[..., 28:32, 16:24].max() < 0.2
    assert done[..., 28:32, 30:34].min() > 0.4
