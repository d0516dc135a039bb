"""Differentiable augmentation with shared parameters (Zhao et al. 2020, arXiv:2006.10738).

It keeps the discriminators from memorising a small data set. A photo and its drawing get the same
augmentation, so that their features can be compared position by position.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import pad

from f2a_methods.processes import sample

BRIGHTNESS = 0.2
"""Largest change in brightness, of colours in [-1, 1]."""
MAX_SHIFT = (1 / 8, 1 / 32)
"""Largest vertical and horizontal shift, as parts of the side, with reflection padding. The horizontal one is
small because the heads compare both halves of a face."""
CUTOUT = 0.4
"""Side of the cutout, as a part of the face's side. Every other face has one."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """The parameters of the augmentation of each face in a batch.

    Attributes:
        brightness: (N,), added to all colours.
        shift: (N, 2), in pixels, down and right.
        mask: (N, 1, S, S), 0 in the cutout, 1 elsewhere.
    """

    brightness: Tensor
    shift: Tensor
    mask: Tensor

    @classmethod
    def random(cls, faces: Tensor, strength: float = 1.0) -> Self:
        """Sample the parameters for each face, from torch's generator.

        Args:
            faces: (N, 3, S, S).
            strength: 0: none, 1: the ranges of the constants.
        """
        count, side, device = len(faces), faces.shape[-1], faces.device
        brightness = strength * BRIGHTNESS * (2 * sample(torch.rand, count, device=device) - 1)
        largest = strength * side * torch.tensor(MAX_SHIFT, device=device)
        shift = (largest * (2 * sample(torch.rand, count, 2, device=device) - 1)).round().long()
        return cls(brightness, shift.clamp(-side // 4, side // 4), _cutout(count, side, strength, device))

    def __call__(self, faces: Tensor) -> Tensor:
        """Augment as many faces: float32, (N, 3, S, S), to the same; colours may leave [-1, 1]."""
        return _shift(faces + self.brightness.view(-1, 1, 1, 1), self.shift) * self.mask


def _shift(faces: Tensor, shift: Tensor) -> Tensor:
    side, border = faces.shape[-1], faces.shape[-1] // 4
    padded = pad(faces, (border, border, border, border), mode="reflect")
    pixels = torch.arange(side, device=faces.device) + border
    rows, columns = (pixels - shift[:, axis, None] for axis in (0, 1))
    return select(padded, rows, columns)


def select(faces: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Select rows and columns, different ones of each face.

    Args:
        faces: (N, 3, S, S).
        rows: (N, T), their indices.
        columns: likewise.

    Returns:
        (N, 3, T, T).
    """
    batch = torch.arange(len(faces), device=faces.device)[:, None, None]
    return faces[batch, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _cutout(count: int, side: int, strength: float, device: torch.device) -> Tensor:
    pixels = torch.arange(side, device=device)
    half = strength * CUTOUT * side / 2
    centres = side * sample(torch.rand, count, 2, device=device)
    rows, columns = ((pixels - centres[:, axis, None]).abs() < half for axis in (0, 1))
    chosen = sample(torch.rand, count, device=device) < 0.5
    square = rows[:, :, None] & columns[:, None, :] & chosen[:, None, None]
    return (~square[:, None]).float()
