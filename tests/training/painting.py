"""Pictures of plain rectangles, for tests."""

import torch
from torch import Tensor

Range = tuple[float, float]
Part = tuple[Range, Range, tuple[float, ...]]
"""Rows and columns, as parts of the side, and a colour in [0, 1]."""


def painted(size: int, *parts: Part) -> Tensor:
    """The rectangles, one over the other, in [-1, 1]: (1, 3, S, S). The first covers everything."""
    colours = torch.empty(1, 3, size, size)
    for rows, columns, colour in parts:
        colours[..., *place(size, rows, columns)] = torch.tensor(colour).view(3, 1, 1)
    return 2 * colours - 1


def place(size: int, rows: Range, columns: Range) -> tuple[slice, slice]:
    """The pixels of a rectangle."""
    return slice(*(round(size * share) for share in rows)), slice(*(round(size * share) for share in columns))
