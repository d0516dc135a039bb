"""The backbone's views of faces: some are whole and downsampled, the others are crops at full resolution.

Downsampling hides artefacts of single pixels from the discriminators, so the generator produces them. Crops
at full resolution show them at the same cost.
"""

import torch
from torch import Tensor

from f2a_methods.processes import sample
from f2a_methods.projected.augment import select
from f2a_metrics.backbone import resized

SHARE_SIDEWAYS = 1 / 4
"""Range of a crop's horizontal offset, as a part of the free space: the heads compare both halves of a
face."""


def whole_faces(faces: Tensor, side: int) -> Tensor:
    """The whole faces among the views, resized: every other face, or all if none is larger than ``side``.

    Args:
        faces: (N, 3, S, S).
        side: of the backbone's input, in pixels.

    Returns:
        (M, 3, side, side).
    """
    return resized(faces if faces.shape[-1] <= side else faces[0::2], side)


def views(faces: Tensor, side: int) -> Tensor:
    """The views of all faces: `whole_faces`, then a random crop of each other face (torch's generator).

    Args:
        faces: (N, 3, S, S).
        side: as for `whole_faces`.

    Returns:
        (N, 3, side, side).
    """
    if faces.shape[-1] <= side:
        return whole_faces(faces, side)
    return torch.cat([whole_faces(faces, side), _crops(faces[1::2], side)])


def _crops(faces: Tensor, side: int) -> Tensor:
    space, device = faces.shape[-1] - side, faces.device
    offsets = sample(torch.rand, len(faces), 2, device=device)
    top, left = offsets[:, 0], 0.5 + SHARE_SIDEWAYS * (offsets[:, 1] - 0.5)
    rows, columns = (
        (space * start).round().long()[:, None] + torch.arange(side, device=device) for start in (top, left)
    )
    return select(faces, rows, columns)
