"""The U-Net's 4x4 convolutions, fast also on maps of a few pixels.

A map of 4x4 or less gives a convolution few places and thousands of weights, which oneDNN's convolutions
are not made for: the same sums as one matrix product take a half to a quarter of the time on a CPU
(`benchmarks/train_step.py`; the plain step there has ``largest`` 0). Only training does it: what translates,
and what is exported, is the plain convolution.
"""

from torch import Tensor, nn
from torch.nn.functional import fold, linear, unfold

LARGEST = 4  # pixels of a side; at 8 the copies cost more than the product saves


class Halving(nn.Conv2d):
    """Convolution of 4x4, stride 2, padding 1: (N, C, S, S) to (N, ``after``, S / 2, S / 2).

    Attributes:
        largest: maps of more pixels a side are left to the plain convolution.
    """

    largest = LARGEST

    def __init__(self, before: int, after: int, *, bias: bool) -> None:
        super().__init__(before, after, 4, stride=2, padding=1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        if not _pays(self, x, self.largest):
            return super().forward(x)
        patches = unfold(x, 4, padding=1, stride=2).mT  # a row of 16 C values for each place
        made = linear(patches.flatten(0, 1), self.weight.flatten(1), self.bias)
        side = x.shape[-1] // 2
        return made.view(len(x), side * side, -1).mT.reshape(len(x), -1, side, side)


class Doubling(nn.ConvTranspose2d):
    """Transposed convolution of 4x4, stride 2, padding 1: (N, C, S, S) to (N, ``after``, 2 S, 2 S).

    Attributes:
        largest: as of `Halving`.
    """

    largest = LARGEST

    def __init__(self, before: int, after: int, *, bias: bool) -> None:
        super().__init__(before, after, 4, stride=2, padding=1, bias=bias)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """See the class; the size follows from the input's."""
        if not _pays(self, x, self.largest):
            return super().forward(x, output_size)
        places = x.flatten(2).mT
        patches = linear(places.flatten(0, 1), self.weight.flatten(1).mT)
        patches = patches.view(*places.shape[:2], -1).mT
        side = 2 * x.shape[-1]
        made = fold(patches, (side, side), 4, padding=1, stride=2)
        return made if self.bias is None else made + self.bias.view(-1, 1, 1)


def _pays(layer: nn.Module, x: Tensor, largest: int) -> bool:
    return layer.training and x.device.type == "cpu" and x.shape[-1] <= largest
