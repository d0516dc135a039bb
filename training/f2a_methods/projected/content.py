"""What ties a drawing to its photo: the pose and the shapes by frozen features, the colours by coarse blocks.

Without the first, one good face for every photo is the cheapest answer to the discriminators; without the
second, hair and skin take on the drawings' average.
"""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, instance_norm, interpolate

from f2a_methods.projected.exposure import evenly_lit

BLOCKS = 4
EYES = (1, slice(1, 3))
"""The two blocks of the eyes, which count half: drawn eyes are large and dark, and would have to be pale in a
bright face. Where they did not count at all, irises turned white."""
CELLS = 6
MOUTH = (slice(3, 5), slice(2, 4))
"""Rows and columns of the mouth, of 6x6 cells of a face in a drawing's proportions."""
MOUTH_COUNTS = 0.25
"""How much they count: teeth and beards, drawn as they are, became dark patches."""
SCALE = 2
"""Of the backbone's maps the one with a stride of 16: at 8, the photo's own eyes and mouth would stay."""


def content_loss(drawn: list[Tensor], photo: list[Tensor]) -> Tensor:
    """Mean absolute difference of the instance-normalised maps at a stride of 16.

    Args:
        drawn: the backbone's maps of the results, finest first.
        photo: those of their photos, in the same places.
    """
    differences = (instance_norm(drawn[SCALE]) - instance_norm(photo[SCALE])).abs()
    counts = torch.ones(CELLS, CELLS, device=differences.device)
    counts[MOUTH] = MOUTH_COUNTS
    return (differences * interpolate(counts[None, None], size=differences.shape[-2:])).mean()


def block_colours(faces: Tensor) -> Tensor:
    """Mean colours of 4x4 blocks: (N, 3, S, S) to (N, 3, 4, 4)."""
    return adaptive_avg_pool2d(faces, BLOCKS)


def colour_loss(drawn: Tensor, photo: Tensor, brighter: Tensor) -> Tensor:
    """Mean absolute difference of block colours, pixels in [-1, 1].

    Args:
        drawn: results, (N, 3, S, S).
        photo: their photos, likewise.
        brighter: (3, 4, 4), added to the photos' colours: drawings are brighter than photos, all of them, and
            without it the discriminators would make pale faces of dark ones to settle the difference.
    """
    # A shadow on one cheek is none of its colours, and eyes in different light came out as two kinds of eyes.
    wanted = (evenly_lit(block_colours(photo), 1, 1) + brighter).clamp(-1, 1)
    return (_compared(drawn) * (block_colours(drawn) - wanted).abs()).mean()


def _compared(faces: Tensor) -> Tensor:
    """How much the colour of each block counts, (4, 4)."""
    blocks = torch.ones(BLOCKS, BLOCKS, device=faces.device)
    blocks[EYES] = 0.5
    return blocks
