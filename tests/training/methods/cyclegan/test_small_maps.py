"""Convolutions as matrix products: the same numbers as the plain ones, in values and gradients."""

import copy

import pytest
import torch
from gradients import values_and_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from f2a_train.methods.cyclegan import small_maps
from f2a_train.methods.cyclegan.choices import Architecture
from f2a_train.methods.cyclegan.generators import UNet, make_generator
from f2a_train.methods.cyclegan.small_maps import (
    LARGEST,
    SmallDoubling,
    SmallHalving,
    SmallMaps,
    doubling,
    halving,
)


def plain(layer: SmallMaps) -> nn.Conv2d | nn.ConvTranspose2d:
    """PyTorch's own layer with the same weights."""
    small, large = layer.kernel.shape[:2]
    bias = layer.bias is not None
    if isinstance(layer, SmallHalving):
        theirs: nn.Conv2d | nn.ConvTranspose2d = nn.Conv2d(large, small, 4, 2, 1, bias=bias)
    else:
        theirs = nn.ConvTranspose2d(small, large, 4, 2, 1, bias=bias)
    theirs.weight.data = layer.kernel.detach().contiguous()
    if layer.bias is not None:
        theirs.bias = nn.Parameter(layer.bias.detach().clone())
    return theirs.to(layer.weight.dtype)


def as_kernels(slopes: list[Tensor]) -> list[Tensor]:
    """The slope of a matrix of weights, as that of a kernel."""
    return [
        slope.unflatten(1, (4, 4, -1)).permute(0, 3, 1, 2) if slope.ndim == 2 else slope for slope in slopes
    ]


@settings(deadline=None)  # the first product of a process loads a library
@given(
    kind=st.sampled_from([SmallHalving, SmallDoubling]),
    side=st.sampled_from([2, 4, 8]),
    faces=st.integers(1, 3),
    channels=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    bias=st.booleans(),
)
def test_as_a_product_it_is_the_same_convolution(
    kind: type[SmallMaps], side: int, faces: int, channels: tuple[int, int], *, bias: bool
) -> None:
    before, after = channels
    ends = (after, before) if kind is SmallHalving else (before, after)
    layer = kind(*ends, after if bias else 0).double()
    x = torch.randn(faces, before, side, side, dtype=torch.float64)
    ours, theirs = values_and_gradients(layer, x), values_and_gradients(plain(layer), x)
    for one, other in zip(as_kernels(ours), theirs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("upsample", ["deconv", "resize"])
def test_a_unet_learns_the_same_either_way(upsample: str) -> None:
    torch.manual_seed(0)
    unet = make_generator(Architecture(generator="unet", width=4, dropout=0.0, upsample=upsample), 32)
    unet = unet.double()
    other = copy.deepcopy(unet)
    for module in list(other.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, SmallMaps):
                setattr(module, name, plain(layer))
    assert any(isinstance(layer, SmallMaps) for layer in unet.modules())
    assert not any(isinstance(layer, SmallMaps) for layer in other.modules())
    x = torch.rand(2, 3, 32, 32, dtype=torch.float64) * 2 - 1
    ours, theirs = values_and_gradients(unet, x), values_and_gradients(other, x)
    for one, another in zip(as_kernels(ours), theirs, strict=True):
        torch.testing.assert_close(one, another)


@pytest.mark.parametrize(("make", "kind"), [(halving, nn.Conv2d), (doubling, nn.ConvTranspose2d)])
def test_larger_maps_are_left_to_pytorch(make: object, kind: type[nn.Module]) -> None:
    assert callable(make)
    ratio = 2 if make is halving else 1  # the smaller map is the output's, or the input's
    assert isinstance(make(3, 4, ratio * LARGEST, bias=True), SmallMaps)
    assert isinstance(make(3, 4, 2 * ratio * LARGEST, bias=True), kind)


def test_a_unet_knows_the_sides_of_its_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    sides: list[int] = []
    plain_forward = SmallMaps.is_product
    monkeypatch.setattr(
        SmallMaps, "is_product", lambda layer, x: sides.append(x.shape[-1]) or plain_forward(layer, x)
    )
    UNet(64, 4, 0.0, "deconv", attention=False)(torch.rand(1, 3, 64, 64))
    assert sides == [8, 4, 2, 1, 2, 4]


@pytest.mark.parametrize("kind", [SmallHalving, SmallDoubling])
def test_translating_is_the_plain_convolution(kind: type[SmallMaps], monkeypatch: pytest.MonkeyPatch) -> None:
    layer = kind(3, 3, 3).eval()
    x = torch.randn(1, 3, 2, 2)
    monkeypatch.setattr(small_maps, "_unfolded", None)
    monkeypatch.setattr(small_maps, "_folded", None)
    torch.testing.assert_close(layer(x), plain(layer)(x))
