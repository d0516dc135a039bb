"""Convolutions that keep a map's size and see its mirror image beyond the border."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

FEW = 8  # channels that oneDNN pads to 16


class MirroredConv2d(nn.Conv2d):
    """Convolution with the map mirrored at its borders: (N, ``before``, H, W) to (N, ``after``, H, W).

    As ``nn.Conv2d`` with ``padding_mode="reflect"``. Autocast on a CPU would mirror in fp32, and cast there
    and back for it, though mirroring only copies.

    Args:
        before: channels.
        after: likewise.
        kernel: pixels of a side, odd.
        bias: whether there is one.
    """

    def __init__(self, before: int, after: int, kernel: int, *, bias: bool) -> None:
        super().__init__(before, after, kernel, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        half = self.kernel_size[0] // 2
        with torch.autocast(x.device.type, enabled=False):
            mirrored = pad(x, (half, half, half, half), mode="reflect")
        if self.training and x.device.type == "cpu" and self.out_channels <= FEW:
            return self._row_by_row(mirrored)
        return conv2d(mirrored, self.weight, self.bias)

    def _row_by_row(self, x: Tensor) -> Tensor:
        """The same sums with each row of the kernel as channels of its own, added up in fp32 after it.

        oneDNN works with 16 channels at a time: of 3 it makes 16, of 7 times 3 only 32.
        """
        rows, height = self.kernel_size[0], x.shape[2] - self.kernel_size[0] + 1
        weight = self.weight.permute(2, 0, 1, 3).flatten(0, 1).unsqueeze(2)
        made = conv2d(x, weight)
        made = made.to(torch.promote_types(made.dtype, torch.float32)).view(len(x), rows, -1, *made.shape[2:])
        shifted = [each[:, :, row : row + height] for row, each in enumerate(made.unbind(1))]
        summed = torch.stack(shifted).sum(0)
        return summed if self.bias is None else summed + self.bias.view(-1, 1, 1)
