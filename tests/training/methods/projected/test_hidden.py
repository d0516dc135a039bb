"""The generator does not see the photo's eyes and mouth."""

import pytest
import torch
from torch import Tensor

from f2a_methods.projected.content import identity_loss
from f2a_methods.projected.generator import Generator
from f2a_methods.projected.hidden import HiddenParts, eye_mask, hidden_mask


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


def test_a_glance_does_not_reach_the_drawing() -> None:
    """Two pupils at the left or at the right; all are in the same cells, or in mirrored ones."""
    torch.manual_seed(0)
    network = Generator(64, 4, 1).eval()
    photo = (torch.rand(2, 3, 64, 64) * 2 - 1).clone()
    photo[..., 24:40, :] = 0  # so that nothing else differs from its mirror image there
    left, right, narrowed = photo.clone(), photo.clone(), photo.clone()
    left[..., 24:32, [16, 40]] = -1
    right[..., 24:32, [23, 47]] = -1
    narrowed[..., 28:30, 16:20] = narrowed[..., 28:30, 44:48] = -1
    with torch.no_grad():
        seen = [network(face, face) for face in (left, right, narrowed)]
        other = network(-photo, -photo)
    assert all((seen[0] - drawing).abs().max() < 1e-5 for drawing in seen[1:])
    assert (seen[0] - other).abs().max() > 1e-3


@pytest.mark.parametrize("size", [64, 128, 256])
def test_only_eyes_and_mouth_are_hidden(size: int) -> None:
    photo = torch.rand(2, 3, size, size) * 2 - 1
    hidden, mask = HiddenParts(size)(photo), hidden_mask(size)
    assert mask.min() == 0
    assert mask.max() == 1
    assert torch.equal(hidden[..., mask == 0], photo[..., mask == 0])
    assert hidden[..., mask == 1].std() < 0.3 * photo[..., mask == 1].std()
    assert torch.allclose(mask, mask.flip(1), atol=1e-6)
    assert 0.2 < mask.mean() < 0.4


def test_the_halves_of_the_eyes_are_alike() -> None:
    hidden = HiddenParts(64)(torch.rand(1, 3, 64, 64))
    within = eye_mask(64) == 1
    assert torch.allclose(hidden[..., within], hidden.flip(-1)[..., within], atol=1e-6)


def test_a_drawing_need_not_keep_its_mouth() -> None:
    drawing = torch.zeros(1, 3, 64, 64)
    assert identity_loss(with_teeth(drawing), drawing) < 0.2 * (with_teeth(drawing) - drawing).abs().mean()
    assert identity_loss(drawing + 0.5, drawing) > 0.3
