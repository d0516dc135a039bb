"""Photos framed a little differently: tilted, larger or smaller, off the middle.

Photos of one aligned set are all framed alike. Faces that a detector found elsewhere are not, and a generator
smears what it has not seen.
"""

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from f2a_methods.processes import drawn

TILT = 8.0
"""Standard deviation, in degrees."""
SCALE = 0.07
"""Standard deviation of the logarithm."""
SHIFT = 0.03
"""Standard deviation, as a part of the side."""


def reframed(faces: Tensor) -> Tensor:
    """Frame each face in its own way, at random from torch's generator.

    Args:
        faces: float32, (N, 3, S, S).

    Returns:
        The same; what comes in from outside is mirrored.
    """
    count, device = len(faces), faces.device
    random = drawn(torch.randn, count, 4, device=device).clamp(-2, 2)
    angle, scale = torch.deg2rad(TILT * random[:, 0]), (SCALE * random[:, 1]).exp()
    cosine, sine, moved = scale * angle.cos(), scale * angle.sin(), 2 * SHIFT * random[:, 2:]
    matrices = torch.stack(
        [torch.stack([cosine, -sine, moved[:, 0]], 1), torch.stack([sine, cosine, moved[:, 1]], 1)], 1
    )
    grid = affine_grid(matrices, list(faces.shape), align_corners=False)
    return grid_sample(faces, grid, padding_mode="reflection", align_corners=False)
