"""Convolutions as matrix products: the same numbers as the plain ones, in values and gradients."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from f2a_train.choices import Architecture
from f2a_train.generators import make_generator
from f2a_train.small_maps import Doubling, Halving


def values_and_gradients(layer: nn.Module, x: Tensor) -> list[Tensor]:
    x = x.clone().requires_grad_()
    y = layer(x)
    (y * torch.linspace(-1, 1, y.numel()).view_as(y)).sum().backward()
    assert x.grad is not None
    return [y, x.grad, *(weight.grad for weight in layer.parameters() if weight.grad is not None)]


@settings(deadline=None)  # the first product of a process loads a library
@given(
    kind=st.sampled_from([Halving, Doubling]),
    side=st.sampled_from([2, 4, 8]),
    faces=st.integers(1, 3),
    channels=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    bias=st.booleans(),
)
def test_as_a_product_it_is_the_same_convolution(
    kind: type[Halving | Doubling], side: int, faces: int, channels: tuple[int, int], *, bias: bool
) -> None:
    layer = kind(*channels, bias=bias).double()
    layer.largest = 8
    plain = copy.deepcopy(layer)
    plain.largest = 0
    x = torch.randn(faces, channels[0], side, side, dtype=torch.float64)
    for ours, theirs in zip(values_and_gradients(layer, x), values_and_gradients(plain, x), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("upsample", ["deconv", "resize"])
def test_a_unet_learns_the_same_either_way(upsample: str) -> None:
    torch.manual_seed(0)
    unet = make_generator(Architecture(generator="unet", width=4, dropout=0.0, upsample=upsample), 32)
    unet = unet.double()
    plain = copy.deepcopy(unet)
    for layer in plain.modules():
        if isinstance(layer, Halving | Doubling):
            layer.largest = 0
    x = torch.rand(2, 3, 32, 32, dtype=torch.float64) * 2 - 1
    for ours, theirs in zip(values_and_gradients(unet, x), values_and_gradients(plain, x), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(("kind", "plain"), [(Halving, nn.Conv2d), (Doubling, nn.ConvTranspose2d)])
def test_only_small_maps_in_training_are_products(
    kind: type[Halving | Doubling], plain: type[nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(plain, "forward", lambda _, x, *__: calls.append(x.shape[-1]))
    layer = kind(3, 4, bias=True)
    for side in (2, 4, 8):
        layer(torch.randn(1, 3, side, side))
    assert calls == [8]
    layer.eval()(torch.randn(1, 3, 2, 2))
    assert calls == [8, 2]


@pytest.mark.parametrize("kind", [Halving, Doubling])
def test_translating_is_the_plain_convolution(kind: type[Halving | Doubling]) -> None:
    layer = kind(3, 4, bias=True).eval()
    x = torch.randn(1, 3, 2, 2)
    layer.largest = 4
    here = layer(x)
    layer.largest = 0
    assert torch.equal(here, layer(x))
