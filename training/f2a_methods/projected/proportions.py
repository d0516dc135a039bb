"""A photo in a drawing's proportions: eyes further apart, and the chin higher.

In crops of one rule, people's chins are at 0.90 of the side and their eyes 0.30 apart; drawn chins are at
0.78 and drawn eyes 0.385 apart (means of 600 faces of each). A generator that is shown a photo as it is draws
its own chin, and leaves the photo's mouth and chin below it as shadows and second chins.
"""

import numpy as np
import torch
from torch import Tensor, nn

DOWN = ((0.0, 0.39, 0.90, 1.0), (0.0, 0.40, 0.785, 1.0))
"""Heights of a photo's top, eyes, chin and bottom, and where they go, in parts of the side."""
ACROSS = ((0.0, 0.24, 0.35, 0.65, 0.76, 1.0), (0.0, 0.207, 0.308, 0.692, 0.793, 1.0))
"""Likewise the left edge, cheek, eye, and the right ones."""
SMOOTHED = 0.06
"""The corners of these two lines are rounded over so much of the side."""


class Proportions(nn.Module):
    """Stretch photos to a drawing's proportions, the same for every photo.

    Args:
        size: pixels of a face's side.
    """

    _rows: Tensor
    _columns: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        # Computed, not learned: no checkpoint has them.
        self.register_buffer("_rows", _resampling(size, *DOWN), persistent=False)
        self.register_buffer("_columns", _resampling(size, *ACROSS).T.contiguous(), persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """float32, (N, 3, S, S), to the same."""
        stretched: Tensor = self._rows @ photos @ self._columns
        return stretched


def _resampling(size: int, of_photo: tuple[float, ...], of_drawing: tuple[float, ...]) -> Tensor:
    """Weights of a photo's pixels for each of the result's, (S, S): triangles about their places there."""
    fine = np.linspace(-0.5, 1.5, 2001)
    line = np.where((fine < 0) | (fine > 1), fine, np.interp(fine, of_drawing, of_photo))
    window = int(SMOOTHED * 1000) | 1
    rounded = np.convolve(line, np.ones(window) / window, mode="same")
    centres = np.interp((np.arange(size) + 0.5) / size, fine, rounded) * size - 0.5
    centres = centres.clip(0, size - 1)  # the rounding reaches a little beyond
    spacing = np.maximum(np.gradient(centres), 1.0)[:, None]
    weights = np.maximum(1 - abs(centres[:, None] - np.arange(size)) / spacing, 0)
    return torch.from_numpy(weights / weights.sum(1, keepdims=True)).float()
