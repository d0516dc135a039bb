"""Instance normalisation by another kernel: the same numbers, in values and in first and second slopes."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from f2a_train.methods.cyclegan.normalisation import InstanceNorm


@settings(deadline=None)
@given(faces=st.integers(1, 4), channels=st.integers(1, 9), side=st.sampled_from([2, 3, 8]))
def test_it_is_instance_normalisation(faces: int, channels: int, side: int) -> None:
    x = torch.randn(faces, channels, side, side, dtype=torch.float64, requires_grad=True)
    towards = torch.randn_like(x)
    found = []
    for layer in (InstanceNorm(channels), nn.InstanceNorm2d(channels)):
        y = layer(x)
        (slope,) = torch.autograd.grad((y * towards).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(slope.square().sum(), x)  # as the gradient penalty needs it
        found.append((y, slope, second))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_the_layout_in_memory_makes_no_difference() -> None:
    x = torch.randn(3, 8, 16, 16)
    assert torch.equal(InstanceNorm(8)(x), InstanceNorm(8)(x.contiguous(memory_format=torch.channels_last)))
