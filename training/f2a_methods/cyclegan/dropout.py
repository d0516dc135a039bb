"""Dropout whose masks are drawn for the whole batch, whichever part of it this process has."""

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from f2a_methods import processes


class Dropout(nn.Dropout):
    """As `torch.nn.Dropout`, but each of several processes has its faces' part of one mask."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        if not self.training or processes.count() == 1:
            return super().forward(x)
        ones = torch.cat([torch.ones_like(x)] * processes.count())  # in the same memory layout
        return x * processes.own(dropout(ones, self.p))
