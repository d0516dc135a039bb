"""Hide a photo's eyes and mouth from the encoder: they are blurred. The decoder is told colours only.

Teeth, lips and beards of photos came out as dark patches, noses as long strokes, and narrowed eyes or those
of turned heads as two that do not match. What is hidden, the discriminators decide, and they accept drawn
eyes and mouths only. The places are those of a face in a drawing's proportions.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from f2a_methods.projected.exposure import blurred

NOSE, MOUTH = (0.46, 0.1), (0.58, 0.2)
"""Heights and half widths of the mouth's mask, as parts of the side. It widens from nose to mouth."""
CHIN = 0.8
"""Where it ends, likewise."""
EYES = (0.33, 0.63), 0.4
"""From where to where the eyes are hidden, and half the width, likewise."""
EDGE = 0.05
"""Width of the soft edges, inside."""
MASK_SIDE = 64
"""Resolution of the masks, in pixels."""


class HiddenParts(nn.Module):
    """Blur the mouth and the nose; and the eyes, whose two sides also become their mean.

    Args:
        size: pixels of a face's side.
    """

    _mouth: Tensor
    _eyes: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        # Constant, so not in checkpoints.
        self.register_buffer("_mouth", mouth_mask(size), persistent=False)
        self.register_buffer("_eyes", eye_mask(size), persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """float32, (N, 3, S, S), to the same."""
        coarse = blurred(photos)
        hidden = photos + self._mouth * (coarse - photos)
        both: Tensor = hidden + self._eyes * ((coarse + coarse.flip(-1)) / 2 - hidden)
        return both


def hidden_mask(size: int) -> Tensor:
    """How much of each pixel is hidden, in [0, 1]: float32, (S, S), the same at all sizes."""
    return torch.maximum(mouth_mask(size), eye_mask(size))


def mouth_mask(size: int) -> Tensor:
    """How much of each pixel belongs to mouth and nose, likewise."""
    places = _places()
    (nose, narrow), (mouth, wide) = NOSE, MOUTH
    half = narrow + (wide - narrow) * ((places - nose) / (mouth - nose)).clamp(0, 1)
    return _soft(half[:, None], nose, CHIN, size)


def eye_mask(size: int) -> Tensor:
    """How much of each pixel belongs to the eyes, likewise."""
    (top, bottom), half = EYES
    return _soft(torch.tensor(half), top, bottom, size)


def _soft(half: Tensor, top: float, bottom: float, size: int) -> Tensor:
    """A mask of these half widths, between two heights, with soft edges."""
    places = _places()
    across = half - (places - 0.5).abs()
    down = torch.minimum(places - top, bottom - places)[:, None]
    mask = (torch.minimum(across, down) / EDGE).clamp(0, 1)
    return interpolate(mask[None, None], size=(size, size))[0, 0]


def _places() -> Tensor:
    return (torch.arange(MASK_SIDE) + 0.5) / MASK_SIDE
