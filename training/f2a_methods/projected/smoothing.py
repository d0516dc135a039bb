"""Smooth the even areas of a drawing, and keep its lines: a bilateral filter (Tomasi and Manduchi 1998).

Generators leave faint patterns in areas that are plain in a drawing.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

REACH = 2
"""Radius of the neighbourhood, in pixels."""
NEAR, ALIKE = 1.5, 0.04
"""Standard deviations: of the distance in pixels, and of that of the colours, in [0, 1]."""
PLACES = [
    (down, right)
    for down in range(-REACH, REACH + 1)
    for right in range(-REACH, REACH + 1)
    if math.hypot(down, right) <= REACH
]


def smoothed(drawings: Tensor) -> Tensor:
    """Average each pixel with its neighbours of nearly the same colour.

    Args:
        drawings: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        The same.
    """
    side, padded = drawings.shape[-1], pad(drawings, (REACH,) * 4, mode="replicate")
    around = torch.stack(
        [padded[..., REACH + y : REACH + y + side, REACH + x : REACH + x + side] for y, x in PLACES]
    )
    colour = ((around - drawings) ** 2).sum(2, keepdim=True) / (2 * ALIKE) ** 2
    place = torch.tensor([math.hypot(*place) / NEAR for place in PLACES], device=drawings.device) ** 2
    weights = torch.exp(-(colour + place.view(-1, 1, 1, 1, 1)) / 2)
    return (weights * around).sum(0) / weights.sum(0)
