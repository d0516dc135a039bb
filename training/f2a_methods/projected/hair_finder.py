"""Where a photo's hair is: a small frozen network.

Rules by place and colour took black hair that is tied back before a white wall for white, and blond hair
before a black one for black (docs/lab/projected.md). `benchmarks/fit_hair.py` fits this network to masks
that `benchmarks/hair_masks.py` makes. Where there is no hair it finds eyebrows, and hats count as hair.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, conv2d, relu

from f2a_methods.projected.colours import HAIR_SIDE
from f2a_methods.projected.places import positions

SHIPPED = Path(__file__).parent / "weights" / "hair.npz"
DILATIONS = (1, 2, 4, 8)
"""Of the convolutions of 3x3 pixels; together they see the whole face."""


class HairFinder(nn.Module):
    """Colours and positions to likelihoods, by dilated convolutions and one of 1x1.

    Its weights are buffers: they are constant, so not in checkpoints.

    Args:
        weights: `kernel0`, `bias0` and so on, one more than there are `DILATIONS`. If None, those that come
            with the package.
    """

    def __init__(self, weights: dict[str, Tensor] | None = None) -> None:
        super().__init__()
        for name, value in (_shipped() if weights is None else weights).items():
            self.register_buffer(name, value, persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """How likely each pixel is hair.

        Args:
            photos: in a drawing's proportions, float32 in [-1, 1], (N, 3, S, S).

        Returns:
            In [0, 1], (N, 1, `HAIR_SIDE`, `HAIR_SIDE`).
        """
        return self.logits(photos).sigmoid()

    def logits(self, photos: Tensor) -> Tensor:
        """The same before the sigmoid."""
        maps = adaptive_avg_pool2d(photos, HAIR_SIDE)
        places = (2 * positions(HAIR_SIDE, photos.device) - 1).expand_as(maps[:, :1])
        maps = torch.cat([maps, places.transpose(2, 3), places], 1)
        for index, dilation in enumerate(DILATIONS):
            maps = relu(conv2d(maps, *self._layer(index), padding=dilation, dilation=dilation))
        return conv2d(maps, *self._layer(len(DILATIONS)))

    def _layer(self, index: int) -> tuple[Tensor, Tensor]:
        return self.get_buffer(f"kernel{index}"), self.get_buffer(f"bias{index}")


def initial(channels: int) -> dict[str, Tensor]:
    """Random weights to begin with, from torch's generator."""
    widths, sides = [5, *[channels] * len(DILATIONS), 1], [3] * len(DILATIONS) + [1]
    layers = [nn.Conv2d(*pair, side) for pair, side in zip(pairwise(widths), sides, strict=True)]
    return {
        f"{name}{index}": weight.detach()
        for index, layer in enumerate(layers)
        for name, weight in zip(("kernel", "bias"), layer.parameters(), strict=True)
    }


def _shipped() -> dict[str, Tensor]:
    with np.load(SHIPPED, allow_pickle=False) as stored:
        return {name: torch.from_numpy(stored[name]).float() for name in stored.files}
