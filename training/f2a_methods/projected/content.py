"""The losses between a photo and its drawing: content (frozen features) and colour (coarse blocks).

Without the content loss the generator collapses to one face for all photos; without the colour loss, hair and
skin take on the average colours of drawings.
"""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, instance_norm, interpolate, l1_loss

from f2a_methods.projected.colours import kept_cells
from f2a_methods.projected.exposure import evenly_lit
from f2a_methods.projected.mouth import mouth_mask

BLOCKS = 4
EYES = (1, slice(1, 3))
"""The two blocks of the eyes, with weight 0.5: drawn eyes are large and dark, and would become pale in a
bright face. With weight 0, irises turned white."""
CELLS = 6
MOUTH = (slice(3, 5), slice(2, 4))
"""Rows and columns of the mouth, of 6x6 cells of a face in a drawing's proportions. They are not compared:
the generator does not see the photo's mouth."""
SCALE = 2
"""Index of the backbone's map with stride 16; with stride 8, the photo's eyes and mouth remain."""


def content_loss(results: list[Tensor], photos: list[Tensor]) -> Tensor:
    """Mean absolute difference of the instance-normalised maps at a stride of 16.

    Args:
        results: the backbone's maps of the results, finest first.
        photos: those of their photos, with the same augmentation.
    """
    differences = (instance_norm(results[SCALE]) - instance_norm(photos[SCALE])).abs()
    weights = torch.ones(CELLS, CELLS, device=differences.device)
    weights[MOUTH] = 0
    return (differences * interpolate(weights[None, None], size=differences.shape[-2:])).mean()


def block_colours(faces: Tensor) -> Tensor:
    """Mean colours of 4x4 blocks: (N, 3, S, S) to (N, 3, 4, 4)."""
    return adaptive_avg_pool2d(faces, BLOCKS)


def kept_colours(photos: Tensor, hair: Tensor) -> Tensor:
    """The block colours of photos that their drawings should keep; likewise.

    Args:
        photos: in a drawing's proportions, (N, 3, S, S).
        hair: the colour of their hair, (N, 3, 1, 1).
    """
    return adaptive_avg_pool2d(kept_cells(photos, hair), BLOCKS)


def colour_loss(results: Tensor, kept: Tensor, difference: Tensor) -> Tensor:
    """Mean absolute difference of block colours, pixels in [-1, 1].

    Args:
        results: (N, 3, S, S).
        kept: `kept_colours` of their photos.
        difference: (3, 4, 4), added to these colours. Drawings are brighter than photos; without it the
            discriminators make dark faces pale.
    """
    # Both halves alike: a shadow on one cheek must not give the drawing two different eyes.
    target = (evenly_lit(kept, 1, 1) + difference).clamp(-1, 1)
    return (_block_weights(results.device) * (block_colours(results) - target).abs()).mean()


def identity_loss(results: Tensor, drawings: Tensor) -> Tensor:
    """Mean absolute difference of drawings and their results, except for the mouth, which is hidden.

    Args:
        results: (N, 3, S, S).
        drawings: likewise.
    """
    visible = 1 - mouth_mask(drawings.shape[-1]).to(drawings.device)
    return l1_loss(visible * results, visible * drawings)


def _block_weights(device: torch.device) -> Tensor:
    weights = torch.ones(BLOCKS, BLOCKS, device=device)
    weights[EYES] = 0.5
    return weights
