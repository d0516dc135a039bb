"""One random change that a photo and its drawing can share (Zhao et al. 2020, arXiv:2006.10738).

The discriminators see everything changed, or they would learn ten thousand drawings by heart. A photo is
changed as its drawing is, so that their features can be compared place by place.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import pad

from f2a_methods.processes import drawn

BRIGHTNESS = 0.2
"""At most so much brighter or darker, of colours in [-1, 1]."""
FURTHEST = (1 / 8, 1 / 32)
"""Moved down and to the right by at most these parts of the side; what comes in is mirrored. Little sideways:
the heads compare both halves of a face."""
CUT = 0.4
"""The side of the square that is blanked in every other face, as a part of the face's."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to each face of a batch.

    Attributes:
        brighter: (N,), added to all colours.
        moved: (N, 2), pixels downwards and to the right.
        cut: (N, 1, S, S), 0 where a face is blanked, 1 elsewhere.
    """

    brighter: Tensor
    moved: Tensor
    cut: Tensor

    @classmethod
    def random(cls, faces: Tensor, strength: float = 1.0) -> Self:
        """Draw a change for each face from torch's generator.

        Args:
            faces: (N, 3, S, S).
            strength: how far it goes: 0 not at all, 1 as the constants say.
        """
        count, side, device = len(faces), faces.shape[-1], faces.device
        brighter = strength * BRIGHTNESS * (2 * drawn(torch.rand, count, device=device) - 1)
        furthest = strength * side * torch.tensor(FURTHEST, device=device)
        moved = (furthest * (2 * drawn(torch.rand, count, 2, device=device) - 1)).round().long()
        return cls(brighter, moved.clamp(-side // 4, side // 4), _cut(count, side, strength, device))

    def __call__(self, faces: Tensor) -> Tensor:
        """Apply it to as many faces: float32, (N, 3, S, S), to the same; colours may leave [-1, 1]."""
        return _move(faces + self.brighter.view(-1, 1, 1, 1), self.moved) * self.cut


def _move(faces: Tensor, moved: Tensor) -> Tensor:
    side, border = faces.shape[-1], faces.shape[-1] // 4
    padded = pad(faces, (border, border, border, border), mode="reflect")
    places = torch.arange(side, device=faces.device) + border
    rows, columns = (places - moved[:, axis, None] for axis in (0, 1))
    return taken(padded, rows, columns)


def taken(faces: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Some rows and columns of each face, others of each.

    Args:
        faces: (N, 3, S, S).
        rows: (N, T), which.
        columns: likewise.

    Returns:
        (N, 3, T, T).
    """
    batch = torch.arange(len(faces), device=faces.device)[:, None, None]
    return faces[batch, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _cut(count: int, side: int, strength: float, device: torch.device) -> Tensor:
    places = torch.arange(side, device=device)
    half = strength * CUT * side / 2
    middles = side * drawn(torch.rand, count, 2, device=device)
    rows, columns = ((places - middles[:, axis, None]).abs() < half for axis in (0, 1))
    blanked = drawn(torch.rand, count, device=device) < 0.5
    square = rows[:, :, None] & columns[:, None, :] & blanked[:, None, None]
    return (~square[:, None]).float()
