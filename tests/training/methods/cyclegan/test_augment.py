"""The changes that the discriminators see their faces through."""

import pytest
import torch

from f2a_methods.cyclegan.augment import augment
from f2a_methods.cyclegan.settings import AUGMENTATIONS
from f2a_methods.method import STRONGEST


@pytest.fixture
def faces() -> torch.Tensor:
    return torch.rand(64, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_each_change_differs_from_face_to_face_and_comes_from_torchs_generator(
    faces: torch.Tensor, name: str
) -> None:
    torch.manual_seed(0)
    same = faces[:1].expand_as(faces)
    changed = augment(same, [name])
    assert len({tuple(face.flatten()[::37].tolist()) for face in changed}) > 30
    torch.manual_seed(0)
    assert torch.equal(augment(same, [name]), changed)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_no_strength_is_no_change_and_the_strongest_leaves_something(faces: torch.Tensor, name: str) -> None:
    assert torch.allclose(augment(faces, [name], 0.0), faces, atol=1e-6)
    torch.manual_seed(0)
    strongest = augment(faces, [name], STRONGEST)
    torch.manual_seed(0)
    assert torch.equal(augment(faces, [name], 10.0), strongest)
    assert (strongest != 0).float().mean() > 0.4


def test_translation_moves_by_whole_pixels_up_to_an_eighth_and_fills_with_grey(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    offsets = set()
    for face, moved in zip(faces, augment(faces, ["translation"]), strict=True):
        padded = torch.nn.functional.pad(face, (4, 4, 4, 4))
        fits = [
            (down, right)
            for down in range(9)
            for right in range(9)
            if torch.equal(padded[:, down : down + 32, right : right + 32], moved)
        ]
        assert len(fits) == 1
        offsets.add(fits[0])
    assert {down for down, _ in offsets} == {right for _, right in offsets} == set(range(9))


def test_cutout_blanks_a_square_of_half_the_side(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    for face, cut in zip(faces, augment(faces, ["cutout"]), strict=True):
        blank = (cut == 0).all(dim=0)
        rows, columns = blank.any(dim=1).sum().item(), blank.any(dim=0).sum().item()
        assert blank.sum().item() == rows * columns  # one rectangle, less what lies outside
        assert 7 <= min(rows, columns) <= max(rows, columns) <= 16
        assert torch.equal(cut[:, ~blank], face[:, ~blank])


def test_colour_keeps_the_shapes(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    grey = faces.mean(dim=1, keepdim=True).expand_as(faces)
    for before, after in zip(grey, augment(grey, ["color"]), strict=True):
        both = torch.stack([before.flatten(), after.flatten()])
        assert torch.corrcoef(both)[0, 1].item() == pytest.approx(1, abs=1e-3)
        assert 0.45 < after.std() / before.std() < 1.55


def test_the_gradient_comes_back_through_all_changes(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    faces.requires_grad_()
    changed = augment(faces, AUGMENTATIONS)
    (slope,) = torch.autograd.grad(changed.square().sum(), faces)
    assert (slope != 0).float().mean() > 0.5
