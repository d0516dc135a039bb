"""Random affine transforms of photos: rotation, scale and shift.

The photos of an aligned data set are all framed alike. Faces from a detector are not, and a generator that
was trained without these smears them.
"""

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from f2a_methods.processes import sample

TILT = 8.0
"""Standard deviation, in degrees."""
SCALE = 0.07
"""Standard deviation of the logarithm."""
SHIFT = 0.03
"""Standard deviation, as a part of the side."""


def random_affine(faces: Tensor, strength: float = 1.0, *, mirror: bool = False) -> Tensor:
    """Rotate, scale and shift each face at random, from torch's generator.

    Args:
        faces: float32, (N, 3, S, S).
        strength: multiplies all three.
        mirror: whether to mirror half of them, too.

    Returns:
        The same, with reflection padding.
    """
    count, device = len(faces), faces.device
    random = strength * sample(torch.randn, count, 4, device=device).clamp(-2, 2)
    angle, scale = torch.deg2rad(TILT * random[:, 0]), (SCALE * random[:, 1]).exp()
    cosine, sine, shift = scale * angle.cos(), scale * angle.sin(), 2 * SHIFT * random[:, 2:]
    matrices = torch.stack(
        [torch.stack([cosine, -sine, shift[:, 0]], 1), torch.stack([sine, cosine, shift[:, 1]], 1)], 1
    )
    if mirror:
        mirrored = sample(torch.rand, count, device=device) < 0.5
        matrices[:, :, 0] *= torch.where(mirrored, -1.0, 1.0)[:, None]
    grid = affine_grid(matrices, list(faces.shape), align_corners=False)
    return grid_sample(faces, grid, padding_mode="reflection", align_corners=False)
