"""How the frozen features see faces: some whole, the others from near.

Shrunk to the features' side, a face of 128 pixels hides patterns of single pixels from the discriminators,
and the generator then draws them. A window at the face's own resolution shows them for the same time.
"""

import torch
from torch import Tensor

from f2a_methods.processes import drawn
from f2a_methods.projected.augment import taken
from f2a_metrics.backbone import resized

SHARE_SIDEWAYS = 1 / 4
"""Of the room there is, what a window may be moved in: the heads compare both halves of a face."""


def whole(faces: Tensor, side: int) -> Tensor:
    """Those that are seen whole: every other face, or each where none is larger than ``side``.

    Args:
        faces: (N, 3, S, S).
        side: of the frozen features' input, in pixels.

    Returns:
        (M, 3, side, side).
    """
    return resized(faces if faces.shape[-1] <= side else faces[0::2], side)


def seen(faces: Tensor, side: int) -> Tensor:
    """All faces, the `whole` ones first; of the others a window each, at random from torch's generator.

    Args:
        faces: (N, 3, S, S).
        side: as for `whole`.

    Returns:
        (N, 3, side, side).
    """
    if faces.shape[-1] <= side:
        return whole(faces, side)
    return torch.cat([whole(faces, side), _windows(faces[1::2], side)])


def _windows(faces: Tensor, side: int) -> Tensor:
    room, device = faces.shape[-1] - side, faces.device
    places = drawn(torch.rand, len(faces), 2, device=device)
    top, left = places[:, 0], 0.5 + SHARE_SIDEWAYS * (places[:, 1] - 0.5)
    rows, columns = (
        (room * start).round().long()[:, None] + torch.arange(side, device=device) for start in (top, left)
    )
    return taken(faces, rows, columns)
