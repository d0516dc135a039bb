"""Convolutions with mirrored borders: the numbers of PyTorch's own, in values and gradients."""

import pytest
import torch
from gradients import values_and_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from f2a_train.methods.cyclegan.choices import Architecture
from f2a_train.methods.cyclegan.generators import make_generator
from f2a_train.methods.cyclegan.mirrored import FEW, MirroredConv2d


def plain(layer: MirroredConv2d) -> nn.Conv2d:
    """PyTorch's own layer with the same weights."""
    sizes = layer.in_channels, layer.out_channels, kernel = *layer.weight.shape[1::-1], layer.kernel_size[0]
    theirs = nn.Conv2d(
        *sizes, padding=kernel // 2, padding_mode="reflect", bias=layer.bias is not None, dtype=torch.float64
    )
    theirs.load_state_dict(layer.state_dict())
    return theirs


@settings(deadline=None)  # the first convolution of a process loads a library
@given(
    faces=st.integers(1, 3),
    before=st.integers(1, 4),
    after=st.sampled_from([1, 3, FEW, FEW + 1]),
    kernel=st.sampled_from([3, 5, 7]),
    height=st.integers(4, 9),
    width=st.integers(4, 9),
    learning=st.booleans(),
    bias=st.booleans(),
)
def test_it_is_the_same_convolution(
    faces: int, before: int, after: int, kernel: int, height: int, width: int, *, learning: bool, bias: bool
) -> None:
    layer = MirroredConv2d(before, after, kernel, bias=bias).double().train(learning)
    x = torch.randn(faces, before, height, width, dtype=torch.float64)
    ours, theirs = values_and_gradients(layer, x), values_and_gradients(plain(layer), x)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("after", [3, 32])
def test_in_bf16_it_is_no_less_exact(after: int) -> None:
    torch.manual_seed(0)
    layer = MirroredConv2d(64, after, 7, bias=True)
    x = torch.randn(2, 64, 16, 16).bfloat16()
    exact = plain(layer)(x.double()).detach()

    def error(other: nn.Module) -> float:
        with torch.autocast("cpu", torch.bfloat16):
            return float((other(x).double() - exact).abs().mean().detach())

    assert error(layer) <= error(plain(layer).float()) * 1.001


@pytest.mark.parametrize("generator", ["resnet9", "unet"])
def test_a_generator_compiles_as_one_piece(generator: str) -> None:
    pieces: list[object] = []

    def count(graph: torch.fx.GraphModule, _: list[Tensor]) -> torch.fx.GraphModule:
        pieces.append(graph)
        return graph

    torch.compiler.reset()
    network = make_generator(Architecture(generator=generator, width=4, dropout=0.0), 32).eval()
    network.compile(backend=count)
    with torch.no_grad():
        network(torch.rand(1, 3, 32, 32))
    assert len(pieces) == 1
