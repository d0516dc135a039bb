"""Make a photo's two eyes more alike before it is translated.

A glance, narrowed eyes and the far eye of a turned head became drawn eyes that do not match. Generators that
see no eyes at all, in training, draw blots for noses (docs/lab/projected.md).
"""

import torch
from torch import Tensor, nn

from f2a_methods.projected.exposure import blurred

EYES = (0.36, 0.62), (0.1, 0.9)
"""From where to where the eyes are, down and across, as parts of the side, in a drawing's proportions."""
EDGE = 0.05
"""Width of the soft edges, inside."""
SHARE = 0.7
"""How much of the blurred mean of both sides is mixed in."""


class MatchedEyes(nn.Module):
    """Mix the blurred mean of both sides into the eyes.

    Args:
        size: pixels of a face's side.
    """

    _share: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        places = (torch.arange(size) + 0.5) / size
        down, across = (
            (torch.minimum(places - start, end - places) / EDGE).clamp(0, 1) for start, end in EYES
        )
        # Constant, so not in checkpoints.
        self.register_buffer("_share", SHARE * down[:, None] * across, persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """In a drawing's proportions, float32 in [-1, 1], (N, 3, S, S), to the same."""
        coarse = blurred(photos, self._size)
        both = (coarse + coarse.flip(-1)) / 2
        matched: Tensor = photos + self._share * (both - photos)
        return matched
