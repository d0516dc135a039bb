"""The network's training targets, and its loss."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from f2a_detector.network import CLASSES
from f2a_detector.training_data import ANIME, HUMAN, PAINTED, Label
from f2a_faces.detectors.f2a import STRIDE

_CENTRE = len(CLASSES)
_EITHER = 0.9  # of a bump: so close to the centre that a negative's weight, (1 - 0.9)^4, is almost nothing


def targets(labels: Sequence[Label], side: int) -> np.ndarray:
    """Maps for one scene.

    Returns:
        float32 (2 + 4 + 1 + 1, side / 4, side / 4): a bump of height 1 at each face's middle for each class;
        the distances to its sides in pixels; where these are to be learned; where nothing is to be learned.
    """
    cells = side // STRIDE
    maps = np.zeros((_CENTRE + 6, cells, cells), np.float32)
    middles = (np.arange(cells, dtype=np.float32) + 0.5) * STRIDE
    for label in sorted(labels, key=lambda label: -label.box.w * label.box.h):  # small faces over large
        x, y, w, h = label.box
        across, down = (middles - x - w / 2) / max(w, STRIDE), (middles - y - h / 2) / max(h, STRIDE)
        distance = across[None, :] ** 2 + down[:, None] ** 2
        if label.kind < 0:
            maps[-1][distance < 0.5] = 1
            continue
        bump = np.exp(-distance * 40)
        nearest = np.unravel_index(distance.argmin(), distance.shape)
        bump[nearest] = 1
        if label.kind == PAINTED:
            maps[HUMAN] = np.maximum(maps[HUMAN], _EITHER * (distance < 0.5))
        kind = ANIME if label.kind == PAINTED else label.kind
        maps[kind] = np.maximum(maps[kind], bump)
        near = distance < 0.02
        near[nearest] = True
        sides = np.broadcast_arrays(
            middles[None, :] - x, middles[:, None] - y, x + w - middles[None, :], y + h - middles[:, None]
        )
        for channel, values in enumerate(sides):
            maps[_CENTRE + channel][near] = values[near]
        maps[-2][near] = 1
    return maps


def loss(out: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Focal loss of the centres (CornerNet's, equation 1) and 1 - GIoU of the boxes.

    Args:
        out: the network's, (N, 6, H, W).
        target: of `targets`, (N, 8, H, W).
    """
    wanted, learn, ignore = target[:, :_CENTRE], target[:, -2], target[:, -1:]
    scores = out[:, :_CENTRE].sigmoid().clamp(1e-4, 1 - 1e-4)
    hit = (wanted > 0.99).float()
    gain = hit * (1 - scores) ** 2 * scores.log()
    miss = (1 - hit) * (1 - ignore) * (1 - wanted) ** 4 * scores**2 * (1 - scores).log()
    faces = hit.sum().clamp(min=1)
    centres = -(gain + miss).sum() / faces
    boxes = (_generalised_iou(out[:, _CENTRE:], target[:, _CENTRE:-2]) * learn).sum() / learn.sum().clamp(
        min=1
    )
    return centres, boxes


def _generalised_iou(one: Tensor, other: Tensor) -> Tensor:
    """1 - GIoU (Rezatofighi et al. 2019) of boxes given by distances from one point."""
    inner = torch.minimum(one, other)
    outer = torch.maximum(one, other)
    both = functional.relu(inner[:, 0] + inner[:, 2]) * functional.relu(inner[:, 1] + inner[:, 3])
    hull = (outer[:, 0] + outer[:, 2]) * (outer[:, 1] + outer[:, 3])
    areas = ((side[:, 0] + side[:, 2]) * (side[:, 1] + side[:, 3]) for side in (one, other))
    union = sum(areas, torch.zeros(())) - both
    return 1 - both / union.clamp(min=1) + (hull - union) / hull.clamp(min=1)
