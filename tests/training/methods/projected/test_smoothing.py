"""Even areas become even, lines stay."""

import torch

from f2a_methods.projected.smoothing import smoothed


def test_a_faint_pattern_goes_and_a_line_stays() -> None:
    drawing = torch.full((1, 3, 64, 64), 0.5)
    drawing[..., ::2, ::2] += 0.04
    drawing[..., 30:32, :] = -0.8
    done = smoothed(drawing)
    plain = slice(4, 26)
    assert done[..., plain, 4:-4].std() < 0.3 * drawing[..., plain, 4:-4].std()
    assert torch.allclose(done[..., 30:32, :], drawing[..., 30:32, :], atol=1e-3)
    assert (done - drawing).abs().max() < 0.04


def test_an_even_drawing_stays_as_it_is() -> None:
    drawing = torch.rand(3, 3, 1, 1).expand(3, 3, 64, 64) * 2 - 1
    assert torch.allclose(smoothed(drawing), drawing, atol=1e-6)
