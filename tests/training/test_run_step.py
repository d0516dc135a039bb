"""One step of learning against a plain transcription of the equations."""

import copy
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor, log, nn, sigmoid

from f2a_train.checkpoint import Origin
from f2a_train.config import GENERATORS, from_preset
from f2a_train.run import Run


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    human, anime = (torch.rand(2, 3, 32, 32, generator=generator) * 2 - 1 for _ in range(2))
    return human, anime


def begin(generator: str) -> Run:
    config = from_preset("paper", generator=generator, width=4, dropout=0.0, seed=1)
    return Run(config, Origin(32, "", "", "", ""), torch.device("cpu"))


def gan(discriminator: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """Equations 4 and 5 as they stand."""
    return log(sigmoid(discriminator(real))).mean() + log(1 - sigmoid(discriminator(fake))).mean()


def change(after: Iterable[Tensor], before: Iterable[Tensor]) -> Tensor:
    return torch.cat([(a - b).detach().flatten() for a, b in zip(after, before, strict=True)])


def falling(loss: Tensor, weights: list[nn.Parameter]) -> Tensor:
    return torch.cat([-gradient.flatten() for gradient in torch.autograd.grad(loss, weights)])


@pytest.mark.parametrize("kind", GENERATORS)
def test_the_first_losses_are_those_of_the_equations(kind: str, batch: tuple[Tensor, Tensor]) -> None:
    run, (x, y) = begin(kind), batch
    nets = copy.deepcopy(run.networks)
    losses = run.learn(x, y)
    fake_y, fake_x = nets.human2anime(x), nets.anime2human(y)
    cycle = (nets.anime2human(fake_y) - x).abs().mean() + (nets.human2anime(fake_x) - y).abs().mean()
    fooling = -log(sigmoid(nets.discriminator_anime(fake_y))).mean()
    fooling = fooling - log(sigmoid(nets.discriminator_human(fake_x))).mean()
    assert losses["generators"] == pytest.approx((fooling + 10 * cycle).item(), abs=1e-4)
    assert losses["discriminator_anime"] == pytest.approx(
        -gan(nets.discriminator_anime, y, fake_y).item(), abs=1e-5
    )
    assert losses["discriminator_human"] == pytest.approx(
        -gan(nets.discriminator_human, x, fake_x).item(), abs=1e-5
    )


@pytest.mark.parametrize("kind", GENERATORS)
def test_each_side_goes_down_its_own_loss(kind: str, batch: tuple[Tensor, Tensor]) -> None:
    run, (x, y) = begin(kind), batch
    nets = copy.deepcopy(run.networks)
    run.learn(x, y)
    fakes = nets(x, y)

    weights = list(nets.discriminator_anime.parameters())
    direction = falling(-gan(nets.discriminator_anime, y, fakes.anime.detach()), weights)
    moved = change(run.networks.discriminator_anime.parameters(), weights)
    assert agreement(moved, direction) > 0.99

    weights = list(nets.human2anime.parameters())
    cycle = (fakes.cycled_human - x).abs().mean() + (fakes.cycled_anime - y).abs().mean()
    fooling = -log(sigmoid(nets.discriminator_anime(fakes.anime))).mean()
    direction = falling(fooling + 10 * cycle, weights)
    moved = change(run.networks.human2anime.parameters(), weights)
    assert agreement(moved, direction) > 0.99
    assert moved.abs().max().item() == pytest.approx(2e-4, rel=0.01)  # Adam's first step is the rate itself


def agreement(moved: Tensor, direction: Tensor) -> float:
    """Share of weights that went the way of the falling loss, among those with any slope."""
    steep = direction.abs() > 1e-6
    assert steep.float().mean() > 0.5
    return float((moved[steep].sign() == direction[steep].sign()).float().mean())
