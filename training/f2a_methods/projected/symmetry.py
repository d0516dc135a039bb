"""The symmetry loss: both eyes of a drawing should match, and the mouth should be whole and below them."""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, relu

from f2a_faces import eyes

MOUTH = (36, 52)
"""Rows of nose and mouth, in a face of `eyes.SIDE` pixels."""
MOUTH_REACH = 10
"""Columns that are compared on either side of the axis."""
ENOUGH = 0.92
"""Match from which there is no loss; perfect mirror images would look stiff."""
CONTRAST = 2.0
"""Added to the contrast of a band, so that plain ones do not match: a face without a mouth costs, too."""


def symmetry_loss(results: Tensor) -> Tensor:
    """How far both bands are from a match of `ENOUGH`, at the best axis of each face; the mean.

    The match is that of `f2a_faces.eyes`, differentiable and without tilts.

    Args:
        results: (N, 3, S, S), pixels in [-1, 1].
    """
    smooth = avg_pool2d(adaptive_avg_pool2d(results, eyes.SIDE), 3, 1, 1)  # lines need not align exactly
    bands = ((eyes.TOP, eyes.BOTTOM), eyes.REACH), (MOUTH, MOUTH_REACH)
    missing = [relu(ENOUGH - _matches(smooth[:, :, top:bottom], reach)) for (top, bottom), reach in bands]
    return torch.stack(missing).mean(0).amin(1).mean()


def _matches(band: Tensor, reach: int) -> Tensor:
    """For each face and axis, (N, len(`eyes.AXES`))."""
    left, right = (
        band[..., torch.as_tensor(columns[:, -reach:], device=band.device)]
        for columns in (eyes.LEFT, eyes.RIGHT)
    )  # (N, 3, rows, axes, reach)
    left, right = left - left.mean((2, 4), keepdim=True), right - right.mean((2, 4), keepdim=True)
    pixels = (1, 2, 4)
    return 2 * (left * right).sum(pixels) / ((left**2 + right**2).sum(pixels) + CONTRAST)
