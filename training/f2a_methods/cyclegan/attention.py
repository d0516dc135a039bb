"""Self-attention for a generator (Zhang et al., 2019, arXiv:1805.08318, section 3)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class SelfAttention(nn.Module):
    """Each position of a map attends to all others; the result is added, scaled by a learned gate.

    The gate starts at zero, so that a network starts as it would without the block. Keys have an eighth of
    the channels and values a half, as in the paper.

    Args:
        channels: of the map.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        key, value = max(channels // 8, 1), max(channels // 2, 1)
        self._parts = (key, key, value)
        self.project = nn.Conv2d(channels, sum(self._parts), 1)
        self.merge = nn.Conv2d(value, channels, 1)
        self.gate = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        positions = self.project(x).flatten(2).transpose(1, 2)  # (N, H * W, channels)
        query, key, value = positions.split(self._parts, dim=-1)
        attended = scaled_dot_product_attention(query, key, value).transpose(1, 2)  # ONNX has no mT
        out: Tensor = x + self.gate * self.merge(attended.reshape(-1, self._parts[-1], *x.shape[2:]))
        return out
