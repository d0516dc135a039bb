"""The paper's networks: two kinds of generator, one discriminator, and the four that train together.

Pixels are float32 in [-1, 1], shape (N, 3, S, S). A convolution that is followed by instance
normalisation has no bias: the normalisation takes the mean away again, so the bias would only drift.
docs/adr/0004-paper-readings.md says how each sentence of the paper (sections 3.2 and 3.3) was read.
"""

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

RESIDUAL_BLOCKS = 9
SMALLEST, LARGEST = 16, 512


class Residual(nn.Module):
    """Two 3x3 convolutions, each instance-normalised, with dropout between, added to their input."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_conv(channels, channels, kernel=3, pad="reflect"),
            nn.Dropout(dropout),
            *_conv(channels, channels, kernel=3, pad="reflect")[:-1],  # no ReLU before the addition
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        out: Tensor = self.body(x)
        return x + out


class ResNet9(nn.Sequential):
    """The residual generator: 7x7, two halvings, nine blocks of ``4 * width`` channels, two doublings, 7x7.

    Args:
        width: channels after the first layer (64 in the paper's preset, which gives blocks of 256).
        dropout: probability inside the blocks.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__(
            *_conv(3, width, kernel=7, pad="reflect"),
            *_conv(width, 2 * width, kernel=3, stride=2),
            *_conv(2 * width, 4 * width, kernel=3, stride=2),
            *(Residual(4 * width, dropout) for _ in range(RESIDUAL_BLOCKS)),
            *_double(4 * width, 2 * width),
            *_double(2 * width, width),
            nn.Conv2d(width, 3, 7, padding=3, padding_mode="reflect"),
            nn.Tanh(),
        )


class UNet(nn.Module):
    """The U-Net generator: halvings down to 1x1 and back, each level joined to its mirror image.

    The depth follows from the size (six levels at 64 pixels), because a fixed depth of seven or eight
    would halve a 1x1 map. Channels are ``width`` times 1, 2, 4, 8, 8, ...; a 1x1 map is not normalised,
    since its only value is its own mean.

    Args:
        size: pixels of a side, a power of two.
        width: channels of the outermost level (32 in the paper's preset: "256 hidden units" = 8 * 32).
        dropout: probability in the inner upward levels, the ones with all ``8 * width`` channels.
    """

    def __init__(self, size: int, width: int, dropout: float) -> None:
        super().__init__()
        depth = int(math.log2(size))
        channels = [width * min(2**level, 8) for level in range(depth)]
        self.down = nn.ModuleList(
            _down(before, after, normalised=0 < level < depth - 1)
            for level, (before, after) in enumerate(zip([3, *channels], channels, strict=False))
        )
        self.up = nn.ModuleList(
            # Every level but the innermost also receives its mirror image, hence twice the channels.
            _up(channels[level] * (1 if level == depth - 1 else 2), channels[level - 1], dropout, level >= 4)
            for level in range(depth - 1, 0, -1)
        )
        self.last = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(2 * width, 3, 4, 2, 1), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to the same shape."""
        mirror = []
        for down in self.down:
            x = down(x)
            mirror.append(x)
        for up, level in zip(self.up, reversed(mirror[:-1]), strict=True):
            x = torch.cat([up(x), level], dim=1)
        out: Tensor = self.last(x)
        return out


class Discriminator(nn.Sequential):
    """Three convolutions that halve, and one that scores: 64x64 becomes a 4x4x1 map of logits.

    Each score judges a patch of 46 pixels. No sigmoid: the losses take logits.

    Args:
        width: channels of the first layer; the next have two and four times as many.
    """

    def __init__(self, width: int) -> None:
        super().__init__(
            nn.Conv2d(3, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            *_patch(width, 2 * width),
            *_patch(2 * width, 4 * width),
            nn.Conv2d(4 * width, 1, 4, stride=2, padding=1),
        )


class Fakes(NamedTuple):
    """What both generators made of one batch, there and back again."""

    anime: Tensor
    human: Tensor
    cycled_human: Tensor
    cycled_anime: Tensor


class CycleGan(nn.Module):
    """The four networks of figure 3: G and F, and a discriminator for each side."""

    def __init__(self, generator: str, size: int, width: int, dropout: float) -> None:
        super().__init__()
        self.human2anime = make_generator(generator, size, width, dropout)
        self.anime2human = make_generator(generator, size, width, dropout)
        # The discriminator has the residual generator's width; the U-Net's is half of that in the paper.
        discriminator_width = 2 * width if generator == "unet" else width
        self.discriminator_human = Discriminator(discriminator_width)
        self.discriminator_anime = Discriminator(discriminator_width)
        self.apply(_initialise)

    def forward(self, human: Tensor, anime: Tensor) -> Fakes:
        """Translate both batches (N, 3, S, S) there and back."""
        fake_anime, fake_human = self.human2anime(human), self.anime2human(anime)
        return Fakes(fake_anime, fake_human, self.anime2human(fake_anime), self.human2anime(fake_human))


def make_generator(kind: str, size: int, width: int, dropout: float) -> nn.Module:
    """A generator for faces of ``size`` pixels: ``resnet9`` or ``unet``.

    Raises:
        ValueError: the size is not a power of two between 16 and 512, or there is no such kind.
    """
    if size not in range(SMALLEST, LARGEST + 1) or size & (size - 1):
        raise ValueError(f"faces of {size} pixels; the networks need a power of two from 16 to 512")
    if kind == "resnet9":
        return ResNet9(width, dropout)
    if kind == "unet":
        return UNet(size, width, dropout)
    raise ValueError(f"there is no generator {kind!r}; it is resnet9 or unet")


def _conv(
    before: int, after: int, kernel: int, stride: int = 1, pad: Literal["zeros", "reflect"] = "zeros"
) -> list[nn.Module]:
    convolution = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False, padding_mode=pad)
    return [convolution, nn.InstanceNorm2d(after), nn.ReLU()]


def _double(before: int, after: int) -> list[nn.Module]:
    convolution = nn.ConvTranspose2d(before, after, 3, 2, padding=1, output_padding=1, bias=False)
    return [convolution, nn.InstanceNorm2d(after), nn.ReLU()]


def _down(before: int, after: int, *, normalised: bool) -> nn.Sequential:
    activation = [] if before == 3 else [nn.LeakyReLU(0.2)]
    convolution = nn.Conv2d(before, after, 4, stride=2, padding=1, bias=not normalised)
    return nn.Sequential(*activation, convolution, *([nn.InstanceNorm2d(after)] if normalised else []))


def _up(before: int, after: int, dropout: float, dropped: bool) -> nn.Sequential:  # noqa: FBT001 - private
    convolution = nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False)
    normalised = nn.Sequential(nn.ReLU(), convolution, nn.InstanceNorm2d(after))
    return normalised.append(nn.Dropout(dropout)) if dropped else normalised


def _patch(before: int, after: int) -> list[nn.Module]:
    convolution = nn.Conv2d(before, after, 4, stride=2, padding=1, bias=False)
    return [convolution, nn.InstanceNorm2d(after), nn.LeakyReLU(0.2)]


def _initialise(module: nn.Module) -> None:
    """Weights from N(0, 0.02), biases zero: the initialisation of DCGAN and CycleGAN."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
