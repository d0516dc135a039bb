"""Blur a photo's eyes before it is translated.

A glance and narrowed eyes shape the drawn ones less then. Generators that see no eyes at all, in training,
draw blots for noses (docs/lab/projected.md).
"""

import torch
from torch import Tensor

from f2a_methods.projected.places import positions

EYES = (0.36, 0.62), (0.1, 0.9)
"""From where to where the eyes are, down and across, as parts of the side, in a drawing's proportions."""
EDGE = 0.05
"""Width of the soft edges, inside."""
SHARE = 0.7
"""How much of the blurred photo is mixed in."""


def eye_mask(size: int) -> Tensor:
    """How much of each pixel is replaced by the blurred photo, in [0, `SHARE`]: float32, (S, S)."""
    places = positions(size)
    down, across = ((torch.minimum(places - start, end - places) / EDGE).clamp(0, 1) for start, end in EYES)
    return SHARE * down[:, None] * across
