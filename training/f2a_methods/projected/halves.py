"""Two halves of a face that match.

A network is not mirror-symmetric, so it draws one eye better than the other, whatever the photo. So it draws
the photo and the mirrored photo, and the result is the left half of the first drawing and, mirrored, the left
half of the second. Hair and background still follow both halves of the photo.
"""

import torch
from torch import Tensor

from f2a_methods.projected.places import positions, rising

SEAM = 0.12
"""Width of the soft edge between the halves, as a part of the side."""


def with_mirrored(pictures: Tensor) -> Tensor:
    """Pictures, then their mirror images: (N, C, S, S) to (2 N, C, S, S)."""
    return torch.cat([pictures, pictures.flip(3)])


def joined(drawings: Tensor) -> Tensor:
    """Each drawing's left half, and, mirrored, the left half of the mirrored photo's drawing.

    Args:
        drawings: of `with_mirrored` photos, (2 N, 3, S, S).

    Returns:
        (N, 3, S, S).
    """
    both = drawings.reshape(2, -1, *drawings.shape[1:])
    right = rising(positions(drawings.shape[-1], drawings.device), (1 - SEAM) / 2, (1 + SEAM) / 2)
    return (1 - right) * both[0] + right * both[1].flip(3)
