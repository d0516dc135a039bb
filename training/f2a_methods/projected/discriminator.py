"""Projected discriminators: small heads on random projections of frozen features (Sauer et al. 2021).

arXiv:2111.01007, section 3: the feature maps of a pretrained network at four scales are mixed across channels
by random 1x1 convolutions (3.2.1) and across scales by random 3x3 convolutions from coarse to fine (3.2.2).
Only the heads are trained, one for each scale.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, instance_norm, interpolate
from torch.nn.utils.parametrizations import spectral_norm

from f2a_metrics.backbone import STRIDES

MIXED_CHANNELS = (64, 64, 128, 128)
"""Channels of the mixed maps, finest first."""
MAP_STD = (9.0, 8.5, 7.5, 3.0)
"""Standard deviations of Lite0's maps on faces of 96 pixels, drawn and photographed alike."""
HEAD_CHANNELS = 64
STRIDED_SCALES = 2
"""The finest scales, whose heads begin with a strided convolution: their logits judge patches of at least an
eye's size."""
COLOUR_SIDE = 32
"""Side of the map of colour differences between both halves of a face, in pixels."""
SLOPE = 0.2
SEED = 0
"""Of the random projection."""


class Projection(nn.Module):
    """The random projection: frozen, the same in every run, and not in checkpoints.

    Args:
        channels: of the backbone's maps, finest first.
    """

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.across_channels = nn.ModuleList(
            nn.Conv2d(before, after, 1) for before, after in zip(channels, MIXED_CHANNELS, strict=True)
        )
        self.across_scales = nn.ModuleList(nn.Conv2d(mixed, mixed, 3, padding=1) for mixed in MIXED_CHANNELS)
        self.finer = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairwise(MIXED_CHANNELS))
        random = torch.Generator().manual_seed(SEED)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="linear", generator=random)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # these have a bias
        self.requires_grad_(requires_grad=False)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """The backbone's maps to maps of the same sides with `MIXED_CHANNELS` channels, finest first."""
        scaled = [
            layer(scale / std) for layer, scale, std in zip(self.across_channels, maps, MAP_STD, strict=True)
        ]
        mixed = [self.across_scales[-1](scaled[-1])]
        for number in reversed(range(len(STRIDES) - 1)):
            coarse = interpolate(
                self.finer[number](mixed[0]),
                size=scaled[number].shape[-2:],
                mode="bilinear",
                align_corners=False,
            )
            mixed.insert(0, self.across_scales[number](scaled[number] + coarse) * math.sqrt(0.5))
        return mixed


class Heads(nn.Module):
    """A small discriminator for each scale and one for colours, with spectral normalisation.

    Each gets the map and the mirrored map as input, so that it can see whether both eyes match.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            _head(2 * mixed, strided=scale < STRIDED_SCALES) for scale, mixed in enumerate(MIXED_CHANNELS)
        )
        self.colours = _head(4, strided=True)

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        """Mixed maps, finest first, and the `asymmetry` map, to logits: (N, 1, H, W) each."""
        *mixed, colours = inputs
        pairs = zip(self.heads, mixed, strict=True)
        scores = [head(torch.cat([scale, scale.flip(-1)], 1)) for head, scale in pairs]
        return [*scores, self.colours(colours)]


def asymmetry(faces: Tensor) -> Tensor:
    """The difference in colour between each pixel and its mirror image.

    The frozen features are more sensitive to shapes than to colours: eyes of two colours passed. Absolute
    colours are left out, since the discriminators would make all skin and hair those of an average drawing.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        (N, 4, `COLOUR_SIDE`, `COLOUR_SIDE`): the normalised lightness, which shows where the eyes are, and
        the difference of each colour channel.
    """
    small = adaptive_avg_pool2d(faces, COLOUR_SIDE)
    return torch.cat([instance_norm(small.mean(1, keepdim=True)), small - small.flip(-1)], 1)


def _head(channels: int, *, strided: bool) -> nn.Sequential:
    first = (
        [spectral_norm(nn.Conv2d(channels, HEAD_CHANNELS, 4, 2, 1)), nn.LeakyReLU(SLOPE)] if strided else []
    )
    return nn.Sequential(
        *first,
        spectral_norm(nn.Conv2d(HEAD_CHANNELS if strided else channels, HEAD_CHANNELS, 3, padding=1)),
        nn.LeakyReLU(SLOPE),
        spectral_norm(nn.Conv2d(HEAD_CHANNELS, 1, 3, padding=1)),
    )
