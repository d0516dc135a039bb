"""The symmetry loss: whether both eyes match, and where the mouth is."""

import pytest
import torch
from torch import Tensor

from f2a_methods.projected.symmetry import symmetry_loss


def face(
    left: float = -0.8,
    right: float = -0.8,
    mouth: float = -0.5,
    shift: int = 0,
    aside: int = 0,
    size: int = 64,
) -> Tensor:
    """A plain face with two dark eyes and a mouth, perhaps not below them: (1, 3, S, S)."""
    small = torch.full((1, 3, 64, 64), 0.7)
    for colour, middle in ((left, 20), (right, 43)):
        small[..., 22:32, middle + shift - 3 : middle + shift + 4] = colour
    small[..., 43:46, 28 + shift + aside : 36 + shift + aside] = mouth
    return small.repeat_interleave(size // 64, 2).repeat_interleave(size // 64, 3)


@pytest.mark.parametrize("size", [64, 128])
def test_a_face_that_matches_costs_nothing(size: int) -> None:
    assert symmetry_loss(face(size=size)) < 0.01


def test_a_face_may_be_off_centre() -> None:
    assert symmetry_loss(face(shift=3)) < 0.05


@pytest.mark.parametrize("other", [0.7, 0.0])
def test_a_missing_or_paler_eye_costs(other: float) -> None:
    assert symmetry_loss(face(right=other)) > 0.05


def test_a_missing_mouth_or_one_on_the_cheek_costs() -> None:
    assert symmetry_loss(face(mouth=0.7)) > 0.3
    assert symmetry_loss(face(aside=8)) > 0.1


def test_a_plain_face_is_no_match() -> None:
    assert symmetry_loss(face(0.7, 0.7, 0.7)) > 0.9


def test_it_draws_the_missing_eye() -> None:
    drawn = face(right=0.4).requires_grad_()
    optimiser = torch.optim.Adam([drawn], 0.05)
    for _ in range(40):
        optimiser.zero_grad()
        symmetry_loss(drawn).backward()
        optimiser.step()
    assert symmetry_loss(drawn) < 0.02
    drawn = drawn.detach()
    assert drawn[..., 24:30, 42:45].mean() < 0.2
    assert drawn[..., :16, :].mean().item() == pytest.approx(0.7, abs=1e-3)  # the hair is left alone
