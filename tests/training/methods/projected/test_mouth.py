"""The generator does not see the photo's mouth."""

import pytest
import torch
from torch import Tensor

from f2a_methods.projected.content import identity_loss
from f2a_methods.projected.generator import Generator
from f2a_methods.projected.masked_blur import MaskedBlur
from f2a_methods.projected.mouth import mouth_mask


def with_teeth(photo: Tensor) -> Tensor:
    """White and black stripes between the lips; their mean is grey in each 8x8 cell of 64 pixels."""
    bitten = photo.clone()
    bitten[..., 40:48, 24:40] = torch.tensor([1.0, -1.0]).repeat(8)
    return bitten


def closed(photo: Tensor) -> Tensor:
    lips = photo.clone()
    lips[..., 40:48, 24:40] = 0
    return lips


def test_teeth_do_not_reach_the_drawing() -> None:
    torch.manual_seed(0)
    network = Generator(64, 4, 1).eval()
    photo = torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        first, second = (network(face, face) for face in (closed(photo), with_teeth(photo)))
        other = network(-photo, -photo)
    assert (first - second).abs().max() < 1e-5
    assert (first - other).abs().max() > 1e-3


@pytest.mark.parametrize("size", [64, 128, 256])
def test_only_the_mouth_is_hidden(size: int) -> None:
    photo = torch.rand(2, 3, size, size) * 2 - 1
    mask = mouth_mask(size)
    hidden = MaskedBlur(mask)(photo)
    assert mask.min() == 0
    assert mask.max() == 1
    assert torch.equal(hidden[..., mask == 0], photo[..., mask == 0])
    assert hidden[..., mask == 1].std() < 0.3 * photo[..., mask == 1].std()
    assert torch.allclose(mask, mask.flip(1), atol=1e-6)


def test_a_drawing_need_not_keep_its_mouth() -> None:
    drawing = torch.zeros(1, 3, 64, 64)
    assert identity_loss(with_teeth(drawing), drawing) < 0.2 * (with_teeth(drawing) - drawing).abs().mean()
    assert identity_loss(drawing + 0.5, drawing) > 0.4
