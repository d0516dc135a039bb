"""The U-Net's 4x4 convolutions, fast also between maps of a few pixels.

A map of 4x4 or less gives a convolution few places and thousands of weights, which oneDNN's convolutions
are not made for. The same sums as one matrix product take a third to nine tenths of the time on a CPU
(`benchmarks/train_step.py`; the plain step there has no products), if the 16 pixels that a place sees are
laid side by side cheaply: with the channels innermost, in the maps and in the weights, every copy is of
whole rows, where PyTorch's own ``unfold`` and ``fold`` go pixel by pixel, and so would the loops of
torch.compile. Only training on a CPU does it: elsewhere, and in what is exported, it is the plain
convolution.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn.functional import conv2d, conv_transpose2d, linear, pad

Linear = Callable[[Tensor], Tensor]

LARGEST = 4  # pixels a side of the smaller map; beyond it the copies cost more than the product saves


def halving(before: int, after: int, side: int, *, bias: bool) -> nn.Module:
    """Convolution of 4x4, stride 2, padding 1: (N, ``before``, S, S) to (N, ``after``, S / 2, S / 2).

    Args:
        before: channels.
        after: likewise.
        side: S.
        bias: whether there is one.
    """
    if side // 2 > LARGEST:
        return nn.Conv2d(before, after, 4, stride=2, padding=1, bias=bias)
    return SmallHalving(after, before, after if bias else 0)


def doubling(before: int, after: int, side: int, *, bias: bool) -> nn.Module:
    """Transposed convolution of 4x4, stride 2, padding 1: (N, ``before``, S, S) to (N, ``after``, 2 S, 2 S).

    Args:
        before: as of `halving`.
        after: likewise.
        side: likewise.
        bias: likewise.
    """
    if side > LARGEST:
        return nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=bias)
    return SmallDoubling(before, after, after if bias else 0)


class SmallMaps(nn.Module):
    """What both convolutions of small maps have in common.

    Args:
        small: channels of the smaller map.
        large: channels of the larger map.
        biases: how many, or 0.

    Attributes:
        weight: (``small``, 16 ``large``): row by row of the 4x4 pixels, the channels innermost.
        bias: (``biases``,) or None.
    """

    def __init__(self, small: int, large: int, biases: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(small, 16 * large) * 0.02)
        self.bias = nn.Parameter(torch.zeros(biases)) if biases else None

    @property
    def kernel(self) -> Tensor:
        """The weights as PyTorch's convolutions have them: (``small``, ``large``, 4, 4)."""
        return self.weight.view(len(self.weight), 4, 4, -1).permute(0, 3, 1, 2)

    def is_product(self, x: Tensor) -> bool:
        """Whether these maps go through the matrix product."""
        return self.training and x.device.type == "cpu"


class SmallHalving(SmallMaps):
    """As `halving`, from a map of 8x8 or less."""

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        if not self.is_product(x):
            return conv2d(x, self.kernel, self.bias, stride=2, padding=1)
        patches: Tensor = _Adjoint.apply(x.permute(0, 2, 3, 1), _unfolded, _folded)  # type: ignore[no-untyped-call]
        made = linear(patches.flatten(3), self.weight, self.bias)
        return made.permute(0, 3, 1, 2).contiguous()


class SmallDoubling(SmallMaps):
    """As `doubling`, from a map of 4x4 or less."""

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        if not self.is_product(x):
            return conv_transpose2d(x, self.kernel, self.bias, stride=2, padding=1)
        patches = x.permute(0, 2, 3, 1) @ self.weight
        patches = patches.view(*patches.shape[:3], 4, 4, -1)
        maps: Tensor = _Adjoint.apply(patches, _folded, _unfolded)  # type: ignore[no-untyped-call]
        made = maps.permute(0, 3, 1, 2).contiguous()
        return made if self.bias is None else made + self.bias.view(-1, 1, 1)


class _Adjoint(torch.autograd.Function):
    """A linear function and its adjoint, which is what its slopes go back through."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, there: Linear, back: Linear) -> Tensor:
        ctx.back = back  # type: ignore[attr-defined] # torch keeps what it is given
        return there(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, slope: Tensor) -> tuple[Tensor, None, None]:
        return ctx.back(slope), None, None  # type: ignore[attr-defined]


def _unfolded(maps: Tensor) -> Tensor:
    """What each place of a halved map sees: (N, S, S, C) to (N, S / 2, S / 2, 4, 4, C)."""
    padded = pad(maps, (0, 0, 1, 1, 1, 1))
    return padded.unfold(1, 4, 2).unfold(2, 4, 2).permute(0, 1, 2, 4, 5, 3).contiguous()


def _folded(patches: Tensor) -> Tensor:
    """The other way round, added up where patches overlap: (N, S, S, 4, 4, C) to (N, 2 S, 2 S, C).

    A patch is four squares of 2x2 pixels, each of which is one square of the padded map.
    """
    n, height, width, _, _, channels = patches.shape
    squares = patches.reshape(n, height, width, 2, 2, 2, 2, channels)
    padded = patches.new_zeros(n, height + 1, 2, width + 1, 2, channels)
    for row in (0, 1):
        for column in (0, 1):
            square = squares[:, :, :, row, :, column].permute(0, 1, 3, 2, 4, 5)
            padded[:, row : row + height, :, column : column + width] += square
    return padded.view(n, 2 * height + 2, 2 * width + 2, channels)[:, 1:-1, 1:-1]
