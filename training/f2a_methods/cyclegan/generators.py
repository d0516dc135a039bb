"""The generators, residual and U-Net: the paper's, with the options of `Architecture`.

Pixels are float32 in [-1, 1], shape (N, 3, S, S). A convolution that is followed by instance
normalisation has no bias: the normalisation subtracts the mean, so the bias would only drift.
docs/adr/0004-paper-readings.md explains how the paper's sections 3.2 and 3.3 are interpreted.
"""

import math

import torch
from torch import Tensor, nn

from f2a_methods.cyclegan.attention import SelfAttention
from f2a_methods.cyclegan.dropout import Dropout
from f2a_methods.cyclegan.settings import Architecture

RESIDUAL_BLOCKS = 9
SMALLEST, LARGEST = 16, 512
ATTENTION_LEVEL = 5  # the depth minus this is the level of 16x16


def make_generator(architecture: Architecture, size: int) -> nn.Module:
    """A generator for faces of ``size`` pixels.

    Raises:
        ValueError: the size is not a power of two between 16 and 512, or there is no such kind.
    """
    if size not in range(SMALLEST, LARGEST + 1) or size & (size - 1):
        raise ValueError(f"faces of {size} pixels; the networks need a power of two from 16 to 512")
    width, dropout, upsample = architecture.width, architecture.dropout, architecture.upsample
    if architecture.generator == "resnet9":
        return ResNet9(width, dropout, upsample, attention=architecture.attention)
    if architecture.generator == "unet":
        return UNet(size, width, dropout, upsample, attention=architecture.attention)
    raise ValueError(f"there is no generator {architecture.generator!r}; it is resnet9 or unet")


class Residual(nn.Module):
    """Two 3x3 convolutions, each instance-normalised, with dropout between, and a skip connection."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_reflected(channels, channels, kernel=3),
            Dropout(dropout),
            *_reflected(channels, channels, kernel=3)[:-1],  # no ReLU before the addition
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        out: Tensor = self.body(x)
        return x + out


class ResNet9(nn.Sequential):
    """The residual generator: 7x7, down twice, nine blocks of ``4 * width`` channels, up twice, 7x7.

    Args:
        width: channels after the first layer (64 in the paper's preset, which gives blocks of 256).
        dropout: probability inside the blocks.
        upsample: ``deconv`` or ``resize``.
        attention: whether there is self-attention after the fourth block.
    """

    def __init__(self, width: int, dropout: float, upsample: str, *, attention: bool) -> None:
        blocks: list[nn.Module] = [Residual(4 * width, dropout) for _ in range(RESIDUAL_BLOCKS)]
        if attention:
            blocks.insert(RESIDUAL_BLOCKS // 2, SelfAttention(4 * width))
        super().__init__(
            *_reflected(3, width, kernel=7),
            *_halve(width, 2 * width),
            *_halve(2 * width, 4 * width),
            *blocks,
            *_double(4 * width, 2 * width, upsample),
            nn.InstanceNorm2d(2 * width),
            nn.ReLU(),
            *_double(2 * width, width, upsample),
            nn.InstanceNorm2d(width),
            nn.ReLU(),
            _same_size(width, 3, 7, bias=True),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to the same shape."""
        # The same as nn.Sequential.forward, which torch.compile skips: it would compile each layer alone.
        for layer in self:
            x = layer(x)
        return x


class UNet(nn.Module):
    """The U-Net generator: down to 1x1 and back up, with a skip connection at each level.

    The depth follows from the size (six levels at 64 pixels), because a fixed depth of seven or eight
    would halve a 1x1 map. Channels are ``width`` times 1, 2, 4, 8, 8, ...; a 1x1 map is not normalised,
    since its only value is its own mean.

    Args:
        size: pixels of a side, a power of two.
        width: channels of the outermost level (32 in the paper's preset: "256 hidden units" = 8 * 32).
        dropout: probability in the decoder's inner levels, those with ``8 * width`` channels.
        upsample: ``deconv`` or ``resize``.
        attention: whether there is self-attention on the encoder's 16x16 map (8x8 for faces of 16).
    """

    def __init__(self, size: int, width: int, dropout: float, upsample: str, *, attention: bool) -> None:
        super().__init__()
        depth = int(math.log2(size))
        channels = [width * min(2**level, 8) for level in range(depth)]
        self.down = nn.ModuleList(
            _down(before, after, normalised=0 < level < depth - 1)
            for level, (before, after) in enumerate(zip([3, *channels], channels, strict=False))
        )
        self.up = nn.ModuleList(
            # Every level but the innermost also gets its skip connection, hence twice the channels.
            _up(
                channels[level] * (1 if level == depth - 1 else 2),
                channels[level - 1],
                dropout if level >= 4 else 0.0,
                upsample,
            )
            for level in range(depth - 1, 0, -1)
        )
        if attention:
            level = max(depth - ATTENTION_LEVEL, 0)
            self.down[level] = nn.Sequential(self.down[level], SelfAttention(channels[level]))
        last = _double_map(2 * width, 3, upsample, bias=True)
        self.last = nn.Sequential(nn.ReLU(), *last, nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to the same shape."""
        skips = []
        for down in self.down:
            x = down(x)
            skips.append(x)
        for up, skip in zip(self.up, reversed(skips[:-1]), strict=True):
            x = torch.cat([up(x), skip], dim=1)
        out: Tensor = self.last(x)
        return out


def _same_size(before: int, after: int, kernel: int, *, bias: bool) -> nn.Conv2d:
    """A convolution that keeps the map's size, with reflection padding."""
    return nn.Conv2d(before, after, kernel, padding=kernel // 2, padding_mode="reflect", bias=bias)


def _reflected(before: int, after: int, kernel: int) -> list[nn.Module]:
    return [_same_size(before, after, kernel, bias=False), nn.InstanceNorm2d(after), nn.ReLU()]


def _halve(before: int, after: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.InstanceNorm2d(after), nn.ReLU()]


def _double(before: int, after: int, upsample: str) -> list[nn.Module]:
    """Upsample by 2: a transposed 3x3 convolution, or nearest neighbours and a 3x3 convolution."""
    if upsample == "resize":
        return _resize(before, after, bias=False)
    return [nn.ConvTranspose2d(before, after, 3, 2, 1, output_padding=1, bias=False)]


def _double_map(before: int, after: int, upsample: str, *, bias: bool = False) -> list[nn.Module]:
    """Upsample by 2: a transposed 4x4 convolution, or as `_double` does."""
    if upsample == "resize":
        return _resize(before, after, bias=bias)
    return [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=bias)]


def _resize(before: int, after: int, *, bias: bool) -> list[nn.Module]:
    """Nearest-neighbour upsampling and a convolution.

    A transposed convolution covers neighbouring pixels unevenly, which shows as a checkerboard (Odena et
    al., 2016, "Deconvolution and Checkerboard Artifacts").
    """
    return [nn.Upsample(scale_factor=2, mode="nearest"), _same_size(before, after, 3, bias=bias)]


def _down(before: int, after: int, *, normalised: bool) -> nn.Sequential:
    activation = [] if before == 3 else [nn.LeakyReLU(0.2)]
    convolution = nn.Conv2d(before, after, 4, stride=2, padding=1, bias=not normalised)
    return nn.Sequential(*activation, convolution, *([nn.InstanceNorm2d(after)] if normalised else []))


def _up(before: int, after: int, dropout: float, upsample: str) -> nn.Sequential:
    level = nn.Sequential(nn.ReLU(), *_double_map(before, after, upsample), nn.InstanceNorm2d(after))
    return level.append(Dropout(dropout)) if dropout else level
