"""Dropout with the same masks for any number of processes."""

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from f2a_methods import processes


class Dropout(nn.Dropout):
    """`torch.nn.Dropout` with one mask for the whole batch, of which each process uses its part."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        if not self.training or processes.world_size() == 1:
            return super().forward(x)
        ones = torch.cat([torch.ones_like(x)] * processes.world_size())  # in the same memory layout
        return x * processes.shard(dropout(ones, self.p))
