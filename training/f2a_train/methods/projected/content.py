"""What ties a drawing to its photo: the pose and the shapes by frozen features, the colours by coarse blocks.

Without the first, one good face for every photo is the cheapest answer to the discriminators; without the
second, hair and skin take on the drawings' average.
"""

from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, instance_norm, l1_loss

BLOCKS = 4
SCALE = 2
"""Of the backbone's maps the one with a stride of 16: at 8, the photo's own eyes and mouth would stay."""


def content_loss(drawn: list[Tensor], photo: list[Tensor]) -> Tensor:
    """Mean absolute difference of the instance-normalised maps at a stride of 16.

    Args:
        drawn: the backbone's maps of the results, finest first.
        photo: those of their photos, in the same places.
    """
    return l1_loss(instance_norm(drawn[SCALE]), instance_norm(photo[SCALE]))


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
    wanted = (block_colours(photo) + brighter).clamp(-1, 1)
    return l1_loss(block_colours(drawn), wanted)
