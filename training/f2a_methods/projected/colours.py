"""The colours of a photo that its drawing should keep, means of 8x8 cells.

A drawing's mouth is small and its hair is wide. Lips, teeth and beards of photos became dark patches, and
hair took the colours of what is behind it in the photo: the forehead and the background. So the lower face
gets the colours of the cheeks, and the places of hair get the colour of the photo's hair. The places are
those of a face in a drawing's proportions.
"""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

CELLS = 8
"""Resolution, in cells a side."""
CHEEKS = (slice(4, 5), slice(2, 6))
"""Rows and columns of the cheeks, of 8x8 cells."""
LOWER_FACE = (slice(4, 7), slice(2, 6))
"""Mouth, chin and neck, likewise: a beard reaches the chin, and its shadow the neck."""
HAIR = ((slice(0, 2), slice(1, 7)), (slice(2, 5), slice(1, 2)), (slice(2, 5), slice(6, 7)))
"""The places of a drawing's hair, likewise: fringe, left and right."""
HAIR_SIDE = 32
"""Resolution at which the photo's hair is looked for."""
HAIR_AT, HAIR_WITHIN = (0.08, 0.5), (0.07, 0.12)
"""Where a photo's hair is most likely, down and across, and the standard deviations."""
DARKER = 0.75
"""Weight of darkness: what is behind is bright more often than hair."""


def kept_cells(photos: Tensor) -> Tensor:
    """The colours to keep.

    Args:
        photos: in a drawing's proportions, float32 in [-1, 1], (N, 3, S, S).

    Returns:
        (N, 3, 8, 8).
    """
    cells = adaptive_avg_pool2d(photos, CELLS)
    cheeks = cells[(..., *CHEEKS)].mean((2, 3), keepdim=True)
    cells = _put(cells, cheeks, LOWER_FACE)
    return _put(cells, hair_colour(photos, cheeks), *HAIR)


def hair_colour(photos: Tensor, skin: Tensor) -> Tensor:
    """The mean colour where hair is likely, weighted by the squared difference from the skin and by darkness.

    Args:
        photos: float32 in [-1, 1], (N, 3, S, S).
        skin: (N, 3, 1, 1).

    Returns:
        (N, 3, 1, 1).
    """
    pixels = adaptive_avg_pool2d(photos, HAIR_SIDE)
    places = (torch.arange(HAIR_SIDE, device=photos.device) + 0.5) / HAIR_SIDE
    down, across = (
        torch.exp(-(((places - at) / within) ** 2) / 2)
        for at, within in zip(HAIR_AT, HAIR_WITHIN, strict=True)
    )
    weights = down[:, None] * across * ((pixels - skin) ** 2).sum(1, keepdim=True).clamp(min=1e-6)
    weights = weights * torch.exp(-DARKER * pixels.mean(1, keepdim=True))
    return (weights * pixels).sum((2, 3), keepdim=True) / weights.sum((2, 3), keepdim=True)


def _put(cells: Tensor, colour: Tensor, *places: tuple[slice, slice]) -> Tensor:
    share = torch.zeros(cells.shape[-2:], device=cells.device)
    for place in places:
        share[place] = 1
    return cells + share * (colour - cells)
