"""Hide a photo's mouth from the encoder: it is blurred. What the decoder is told of it is in `colours`.

Teeth, lips and beards of photos came out as dark patches, and noses as long strokes. What is hidden, the
discriminators decide, and they accept drawn mouths only. The places are those of a face in a drawing's
proportions.
"""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from f2a_methods.projected.places import positions, rising

NOSE, MOUTH = (0.46, 0.1), (0.58, 0.2)
"""Heights and half widths of the mask, as parts of the side. It widens from nose to mouth."""
CHIN = 0.8
"""Where it ends, likewise."""
EDGE = 0.05
"""Width of the soft edge, inside."""
MASK_SIDE = 64
"""Resolution of the mask, in pixels."""


def mouth_mask(size: int) -> Tensor:
    """How much of each pixel belongs to mouth and nose, in [0, 1]: float32, (S, S), the same at all sizes."""
    places = positions(MASK_SIDE)
    (nose, narrow), (mouth, wide) = NOSE, MOUTH
    half = narrow + (wide - narrow) * rising(places, nose, mouth)
    across = half[:, None] - (places - 0.5).abs()
    down = torch.minimum(places - nose, CHIN - places)[:, None]
    mask = (torch.minimum(across, down) / EDGE).clamp(0, 1)
    return interpolate(mask[None, None], size=(size, size))[0, 0]
