"""Projected discriminators: small heads on frozen features that are mixed at random (Sauer et al. 2021).

arXiv:2111.01007, section 3: maps of a pretrained network at four scales, mixed across channels by a random
1x1 convolution each (3.2.1) and across scales by random 3x3 convolutions from coarse to fine (3.2.2). None of
that is trained; a small head a scale is.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, instance_norm, interpolate
from torch.nn.utils.parametrizations import spectral_norm

from f2a_metrics.backbone import STRIDES

MIXED = (64, 64, 128, 128)
"""Channels of the mixed maps, finest first."""
TYPICAL = (9.0, 8.5, 7.5, 3.0)
"""Standard deviations of Lite0's maps on faces of 96 pixels, drawn and photographed alike."""
HEAD = 64
HALVED = 2
"""The finest maps, which a head halves first: its scores are then of patches an eye's size and larger."""
COLOURS = 32
"""Pixels a side at which the colours of both halves are compared."""
SLOPE = 0.2
SEED = 0
"""Of the random mixing."""


class Projection(nn.Module):
    """The random mixing, frozen: the same in every run, so that heads fit other runs; and in no checkpoint.

    Args:
        channels: of the backbone's maps, finest first.
    """

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.across_channels = nn.ModuleList(
            nn.Conv2d(before, after, 1) for before, after in zip(channels, MIXED, strict=True)
        )
        self.across_scales = nn.ModuleList(nn.Conv2d(mixed, mixed, 3, padding=1) for mixed in MIXED)
        self.finer = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairwise(MIXED))
        random = torch.Generator().manual_seed(SEED)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="linear", generator=random)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # these have one
        self.requires_grad_(requires_grad=False)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """The backbone's maps to mixed ones of the same sides and `MIXED` channels, finest first."""
        alike = [
            layer(scale / typical)
            for layer, scale, typical in zip(self.across_channels, maps, TYPICAL, strict=True)
        ]
        mixed = [self.across_scales[-1](alike[-1])]
        for number in reversed(range(len(STRIDES) - 1)):
            coarse = interpolate(
                self.finer[number](mixed[0]),
                size=alike[number].shape[-2:],
                mode="bilinear",
                align_corners=False,
            )
            mixed.insert(0, self.across_scales[number](alike[number] + coarse) * math.sqrt(0.5))
        return mixed


class Heads(nn.Module):
    """One small discriminator a scale, and one of colours, with spectral normalisation.

    Each sees every place beside the one across the face, or nothing would tell it that two eyes do not match.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            _head(2 * mixed, halved=scale < HALVED) for scale, mixed in enumerate(MIXED)
        )
        self.colours = _head(4, halved=True)

    def forward(self, seen: list[Tensor]) -> list[Tensor]:
        """Mixed maps, finest scale first, and what `halves` gives, to logits: (N, 1, H, W) each."""
        *mixed, colours = seen
        pairs = zip(self.heads, mixed, strict=True)
        scores = [head(torch.cat([scale, scale.flip(-1)], 1)) for head, scale in pairs]
        return [*scores, self.colours(colours)]


def halves(faces: Tensor) -> Tensor:
    """How the colours of each place differ from those across the face.

    The frozen features see shapes better than colours: eyes of two colours passed. Absolute colours stay
    hidden, or the discriminators would make all skin and hair those of an average drawing.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        (N, 4, `COLOURS`, `COLOURS`): the normalised lightness, to tell where the eyes are, and the difference
        of each colour channel.
    """
    small = adaptive_avg_pool2d(faces, COLOURS)
    return torch.cat([instance_norm(small.mean(1, keepdim=True)), small - small.flip(-1)], 1)


def _head(channels: int, *, halved: bool) -> nn.Sequential:
    halving = [spectral_norm(nn.Conv2d(channels, HEAD, 4, 2, 1)), nn.LeakyReLU(SLOPE)] if halved else []
    return nn.Sequential(
        *halving,
        spectral_norm(nn.Conv2d(HEAD if halved else channels, HEAD, 3, padding=1)),
        nn.LeakyReLU(SLOPE),
        spectral_norm(nn.Conv2d(HEAD, 1, 3, padding=1)),
    )
