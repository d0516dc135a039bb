"""One step of learning against a plain transcription of the equations."""

import copy
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor, log, nn, sigmoid

from f2a_methods import from_preset
from f2a_methods.cyclegan.settings import GENERATORS
from f2a_train.engine.checkpoint import RunOrigin
from f2a_train.engine.run import Run


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    human, anime = (torch.rand(2, 3, 32, 32, generator=generator) * 2 - 1 for _ in range(2))
    return human, anime


def begin(generator: str, **changes: object) -> Run:
    small = {"generator": generator, "width": 4, "dropout": 0.0, "seed": 1}
    config = from_preset("paper", **small | changes)
    return Run(config, RunOrigin(32, "", "", "", ""), torch.device("cpu"))


def gan(discriminator: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """Equations 4 and 5 as they stand."""
    return log(sigmoid(discriminator(real))).mean() + log(1 - sigmoid(discriminator(fake))).mean()


def change(after: Iterable[Tensor], before: Iterable[Tensor]) -> Tensor:
    return torch.cat([(a - b).detach().flatten() for a, b in zip(after, before, strict=True)])


def falling(loss: Tensor, weights: list[nn.Parameter]) -> Tensor:
    return torch.cat([-gradient.flatten() for gradient in torch.autograd.grad(loss, weights)])


@pytest.mark.parametrize("kind", GENERATORS)
@pytest.mark.parametrize("identity", [0.0, 5.0])
def test_the_first_losses_are_those_of_the_equations(
    kind: str, identity: float, batch: tuple[Tensor, Tensor]
) -> None:
    run, (x, y) = begin(kind, identity_weight=identity), batch
    nets = copy.deepcopy(run.networks)
    losses = run.learn(x, y)
    fake_y, fake_x = nets.human2anime(x), nets.anime2human(y)
    cycle = (nets.anime2human(fake_y) - x).abs().mean() + (nets.human2anime(fake_x) - y).abs().mean()
    fooling = -log(sigmoid(nets.discriminator_anime(fake_y))).mean()
    fooling = fooling - log(sigmoid(nets.discriminator_human(fake_x))).mean()
    same = (nets.human2anime(y) - y).abs().mean() + (nets.anime2human(x) - x).abs().mean()
    assert losses["identity"] == pytest.approx(same.item() if identity else 0, abs=1e-5)
    total = fooling + 10 * cycle + identity * same
    assert losses["generators"] == pytest.approx(total.item(), abs=1e-4)
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
    fake_y, fake_x = nets.human2anime(x), nets.anime2human(y)

    weights = list(nets.discriminator_anime.parameters())
    direction = falling(-gan(nets.discriminator_anime, y, fake_y.detach()), weights)
    moved = change(run.networks.discriminator_anime.parameters(), weights)
    assert agreement(moved, direction) > 0.99

    weights = list(nets.human2anime.parameters())
    cycle = (nets.anime2human(fake_y) - x).abs().mean() + (nets.human2anime(fake_x) - y).abs().mean()
    fooling = -log(sigmoid(nets.discriminator_anime(fake_y))).mean()
    direction = falling(fooling + 10 * cycle, weights)
    moved = change(run.networks.human2anime.parameters(), weights)
    assert agreement(moved, direction) > 0.99
    assert moved.abs().max().item() == pytest.approx(2e-4, rel=0.01)  # Adam's first step is the rate itself


def agreement(moved: Tensor, direction: Tensor) -> float:
    """Share of weights that went the way of the falling loss, among those with any slope."""
    steep = direction.abs() > 1e-6
    assert steep.float().mean() > 0.5
    return float((moved[steep].sign() == direction[steep].sign()).float().mean())


@pytest.mark.parametrize("kind", GENERATORS)
def test_bf16_rounds_the_losses_and_leaves_the_weights_in_fp32(
    kind: str, batch: tuple[Tensor, Tensor]
) -> None:
    exact = begin(kind).learn(*batch)
    run = begin(kind, precision="bf16")
    rounded = run.learn(*batch)
    assert rounded == pytest.approx(exact, rel=0.03)
    assert rounded != exact
    assert {weight.dtype for weight in run.networks.parameters()} == {torch.float32}


def test_the_identity_loss_falls_to_nothing_and_then_costs_no_pass(batch: tuple[Tensor, Tensor]) -> None:
    run = begin("unet", identity_weight=4.0, identity_until=2)
    faces: list[int] = []
    run.networks.human2anime.register_forward_hook(lambda _net, given, _out: faces.append(len(given[0])))
    losses = [run.learn(*batch) for _ in range(3)]
    adversarial = [step["adversarial_anime"] + step["adversarial_human"] for step in losses]
    cycle = [10 * (step["cycle_anime"] + step["cycle_human"]) for step in losses]
    rest = [step["generators"] - a - c for step, a, c in zip(losses, adversarial, cycle, strict=True)]
    weights = [4.0, 2.0, 0.0]
    assert rest == pytest.approx(
        [w * step["identity"] for w, step in zip(weights, losses, strict=True)], abs=1e-4
    )
    assert faces == [4, 2, 4, 2, 2, 2]
    assert losses[2]["identity"] == 0


def test_the_discriminators_rate_is_their_own_and_can_be_turned_down(batch: tuple[Tensor, Tensor]) -> None:
    run = begin("unet", discriminator_rate=1e-3)
    run.rate_factor = 0.25
    before = copy.deepcopy(run.networks)
    run.learn(*batch)
    for name, rate in (("discriminator_anime", 2.5e-4), ("anime2human", 2e-4)):
        after, weights = (nets.get_submodule(name).parameters() for nets in (run.networks, before))
        assert change(after, weights).abs().max().item() == pytest.approx(rate, rel=0.01)


def test_a_penalty_flattens_the_discriminators_at_true_faces(batch: tuple[Tensor, Tensor]) -> None:
    slopes = {}
    for weight in (0.0, 1000.0):
        run = begin("unet", gradient_penalty=weight, discriminator_rate=2e-3)
        slopes[weight] = [run.learn(*batch)["gradient_penalty"] for _ in range(17)]
        truth = batch[1].clone().requires_grad_()
        (slope,) = torch.autograd.grad(run.networks.discriminator_anime(truth).mean(), truth)
        slopes[weight].append(slope.norm().item())
    assert [step for step, slope in enumerate(slopes[1000.0][:17]) if slope] == [0, 16]
    assert not any(slopes[0.0][:17])
    assert slopes[1000.0][-1] < slopes[0.0][-1]
