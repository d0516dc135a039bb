"""Equations 4 to 7 against hand computation on tiny tensors."""

import math

import pytest
import torch

from f2a_methods.adversarial import adversarial_loss, discriminator_loss
from f2a_methods.cyclegan.losses import cycle_loss, total_loss


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def test_equations_4_and_5_are_minus_log_d_real_minus_log_of_one_minus_d_fake() -> None:
    real, fake = torch.tensor([[2.0, -1.0]]), torch.tensor([[0.5, -3.0]])
    of_real = -(math.log(sigmoid(2.0)) + math.log(sigmoid(-1.0))) / 2
    of_fake = -(math.log(1 - sigmoid(0.5)) + math.log(1 - sigmoid(-3.0))) / 2
    assert discriminator_loss(real, fake).item() == pytest.approx(of_real + of_fake, abs=1e-6)


def test_a_discriminator_that_cannot_tell_loses_two_log_two() -> None:
    undecided = torch.zeros(3, 1, 4, 4)
    assert discriminator_loss(undecided, undecided).item() == pytest.approx(2 * math.log(2))
    assert adversarial_loss(undecided).item() == pytest.approx(math.log(2))


def test_the_generator_wants_its_fakes_called_real() -> None:
    fake = torch.tensor([1.5, -0.5])
    expected = -(math.log(sigmoid(1.5)) + math.log(sigmoid(-0.5))) / 2
    assert adversarial_loss(fake).item() == pytest.approx(expected, abs=1e-6)


def test_large_logits_stay_finite() -> None:
    assert adversarial_loss(torch.tensor([-1000.0])).item() == pytest.approx(1000.0)


def test_equation_6_is_the_mean_absolute_difference() -> None:
    face, cycled = torch.tensor([1.0, -1.0, 0.5, 0.0]), torch.tensor([0.5, 1.0, 0.5, -0.1])
    assert cycle_loss(face, cycled).item() == pytest.approx((0.5 + 2.0 + 0.0 + 0.1) / 4)


def test_equation_7_weighs_the_cycle_by_lambda() -> None:
    assert total_loss(torch.tensor(1.25), torch.tensor(0.3), 10.0).item() == pytest.approx(4.25)


def test_least_squares_are_distances_from_one_and_zero() -> None:
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([0.5, -1.0])
    assert discriminator_loss(real, fake, "lsgan").item() == pytest.approx((1 + 1) / 2 + (0.25 + 1) / 2)
    assert adversarial_loss(fake, "lsgan").item() == pytest.approx((0.25 + 4) / 2)


def test_the_hinge_stops_at_its_margins() -> None:
    real, fake = torch.tensor([3.0, 0.5]), torch.tensor([-2.0, 0.25])
    assert discriminator_loss(real, fake, "hinge").item() == pytest.approx(0.5 / 2 + 1.25 / 2)
    assert adversarial_loss(fake, "hinge").item() == pytest.approx((2 - 0.25) / 2)
