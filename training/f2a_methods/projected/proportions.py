"""Warp photos to the proportions of drawn faces: eyes further apart, and the chin higher.

In crops of one rule, the chins of people are at 0.90 of the side and their eyes 0.30 apart; in drawings it is
0.78 and 0.385 (means of 600 faces each). Without the warp a generator draws a chin of its own, and the
photo's mouth and chin remain below it as shadows and second chins.
"""

import numpy as np
import torch
from torch import Tensor, nn

DOWN = ((0.0, 0.39, 0.90, 1.0), (0.0, 0.40, 0.785, 1.0))
"""Vertical positions of top, eyes, chin and bottom, in photos and in drawings, as parts of the side."""
ACROSS = ((0.0, 0.24, 0.35, 0.65, 0.76, 1.0), (0.0, 0.207, 0.308, 0.692, 0.793, 1.0))
"""Horizontal positions, likewise: edge, cheek and eye on the left, then on the right."""
SMOOTHED = 0.06
"""Width of the smoothing of these piecewise linear maps, as a part of the side."""


class Proportions(nn.Module):
    """Warp photos to a drawing's proportions; the warp is the same for all photos.

    Args:
        size: pixels of a face's side.
    """

    _rows: Tensor
    _columns: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        # Constant, so not in checkpoints.
        self.register_buffer("_rows", _resampling(size, *DOWN), persistent=False)
        self.register_buffer("_columns", _resampling(size, *ACROSS).T.contiguous(), persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """float32, (N, 3, S, S), to the same."""
        warped: Tensor = self._rows @ photos @ self._columns
        return warped


def _resampling(size: int, of_photo: tuple[float, ...], of_drawing: tuple[float, ...]) -> Tensor:
    """The resampling matrix, (S, S): a triangle filter around each result pixel's position in the photo."""
    fine = np.linspace(-0.5, 1.5, 2001)
    line = np.where((fine < 0) | (fine > 1), fine, np.interp(fine, of_drawing, of_photo))
    window = int(SMOOTHED * 1000) | 1
    rounded = np.convolve(line, np.ones(window) / window, mode="same")
    centres = np.interp((np.arange(size) + 0.5) / size, fine, rounded) * size - 0.5
    centres = centres.clip(0, size - 1)  # the smoothing goes slightly beyond
    spacing = np.maximum(np.gradient(centres), 1.0)[:, None]
    weights = np.maximum(1 - abs(centres[:, None] - np.arange(size)) / spacing, 0)
    return torch.from_numpy(weights / weights.sum(1, keepdims=True)).float()
