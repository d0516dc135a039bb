"""The symmetry loss: both eyes of a drawing should match (`f2a_faces.eyes`, differentiable)."""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, relu

from f2a_faces import eyes

ENOUGH = 0.92
"""Match from which there is no loss; perfect mirror images would look stiff."""
CONTRAST = 10.0
"""Added to the contrast of a band, so that plain ones do not match."""


def symmetry_loss(results: Tensor) -> Tensor:
    """How far the eyes are from a match of `ENOUGH`, at the best axis of each face; the mean.

    Args:
        results: (N, 3, S, S), pixels in [-1, 1].
    """
    smooth = avg_pool2d(adaptive_avg_pool2d(results, eyes.SIDE), 3, 1, 1)  # lines need not align exactly
    band = smooth[:, :, eyes.TOP : eyes.BOTTOM]
    left, right = (
        band[..., torch.as_tensor(columns, device=band.device)] for columns in (eyes.LEFT, eyes.RIGHT)
    )  # (N, 3, rows, axes, reach)
    left, right = left - left.mean((2, 4), keepdim=True), right - right.mean((2, 4), keepdim=True)
    pixels = (1, 2, 4)
    common = 2 * (left * right).sum(pixels) / ((left**2 + right**2).sum(pixels) + CONTRAST)
    return relu(ENOUGH - common.amax(1)).mean()
