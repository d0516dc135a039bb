"""One step of learning: the generators first, then the discriminators on the same fakes.

The same mathematics as a pass for each term, in fewer and larger passes: each generator sees what it
translates and what it should leave alone as one batch, each discriminator true faces and fakes as one.
No network here mixes the faces of a batch, so that each face has the same result as alone.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from f2a_train.augment import augment
from f2a_train.losses import adversarial_loss, cycle_loss, discriminator_loss, total_loss
from f2a_train.networks import CycleGan
from f2a_train.penalty import EVERY, gradient_penalty, is_due
from f2a_train.state import State

LOSSES = (
    "adversarial_anime",
    "adversarial_human",
    "cycle_human",
    "cycle_anime",
    "identity",
    "generators",
    "discriminator_anime",
    "discriminator_human",
    "gradient_penalty",
)
"""What a step reports, in this order; the generators' sum has the terms above it, weighted."""


class Translations(NamedTuple):
    """What both generators made of one batch, float32."""

    anime: Tensor
    human: Tensor
    cycled_human: Tensor
    cycled_anime: Tensor
    same_anime: Tensor
    same_human: Tensor


def learn(state: State, human: Tensor, anime: Tensor) -> dict[str, float]:
    """One step on a batch of each domain.

    Args:
        state: of the run; one step further afterwards.
        human: float32 in [-1, 1], (N, 3, S, S).
        anime: likewise.

    Returns:
        `LOSSES`, averaged over the batch, as they were before the update.
    """
    config, step = state.config, state.step
    state.generators.param_groups[0]["lr"] = config.rate(step)
    rate = config.rate_of_discriminators(step) * state.rate_factor
    state.discriminators.param_groups[0]["lr"] = rate
    made, losses = _train_generators(state, human, anime)
    losses |= _train_discriminators(state, {"anime": (anime, made.anime), "human": (human, made.human)})
    state.step += 1
    if state.average:
        state.average.update(state.step * config.batch_size, config.batch_size)
    values = torch.stack([losses[name] for name in LOSSES]).tolist()  # the step's only wait for the device
    return dict(zip(LOSSES, values, strict=True))


def _train_generators(state: State, human: Tensor, anime: Tensor) -> tuple[Translations, dict[str, Tensor]]:
    config, nets = state.config, state.networks
    weight = config.identity(state.step)
    _discriminators_learn(nets, learn=False)  # the generators' gradient passes through them, no further
    with _autocast(state):
        made = _translate(nets, human, anime, identity=weight > 0)
        score_anime = _scores(state, nets.discriminator_anime, made.anime)
        score_human = _scores(state, nets.discriminator_human, made.human)
    losses = {
        "adversarial_anime": adversarial_loss(score_anime, config.loss),
        "adversarial_human": adversarial_loss(score_human, config.loss),
        "cycle_human": cycle_loss(human, made.cycled_human),
        "cycle_anime": cycle_loss(anime, made.cycled_anime),
        "identity": cycle_loss(anime, made.same_anime) + cycle_loss(human, made.same_human),
    }
    total = total_loss(
        losses["adversarial_anime"] + losses["adversarial_human"],
        losses["cycle_human"] + losses["cycle_anime"],
        config.cycle_weight,
    )
    losses["generators"] = total + weight * losses["identity"]
    _descend(state.generators, losses["generators"])
    return made, {name: loss.detach() for name, loss in losses.items()}


def _translate(nets: CycleGan, human: Tensor, anime: Tensor, *, identity: bool) -> Translations:
    """There, back again, and, if asked for, what each generator makes of faces of its own domain."""
    if identity:
        fake_anime, same_anime = nets.human2anime(torch.cat([human, anime])).float().chunk(2)
        fake_human, same_human = nets.anime2human(torch.cat([anime, human])).float().chunk(2)
    else:  # a face left as it is costs nothing
        fake_anime, same_anime = nets.human2anime(human).float(), anime
        fake_human, same_human = nets.anime2human(anime).float(), human
    cycled_human, cycled_anime = nets.anime2human(fake_anime).float(), nets.human2anime(fake_human).float()
    return Translations(fake_anime, fake_human, cycled_human, cycled_anime, same_anime, same_human)


def _train_discriminators(state: State, faces: dict[str, tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
    """Train each domain's discriminator on its true faces and fakes."""
    config, nets = state.config, state.networks
    _discriminators_learn(nets, learn=True)
    losses = {}
    for domain, (true, made) in faces.items():
        fakes = state.pools[domain].exchange(made.detach(), state.step)
        with _autocast(state):
            scores = _scores(state, nets.discriminators[domain], torch.cat([true, fakes]))
        of_true, of_fakes = scores.chunk(2)
        losses[f"discriminator_{domain}"] = discriminator_loss(of_true, of_fakes, config.loss)
    total = torch.stack(list(losses.values())).sum()
    losses["gradient_penalty"] = _penalty(state, {domain: true for domain, (true, _) in faces.items()})
    _descend(state.discriminators, total + config.gradient_penalty * EVERY * losses["gradient_penalty"])
    return {name: loss.detach() for name, loss in losses.items()}


def _penalty(state: State, faces: dict[str, Tensor]) -> Tensor:
    if not (state.config.gradient_penalty and is_due(state.step)):
        return torch.zeros((), device=state.device)
    nets = state.networks.discriminators
    return torch.stack([gradient_penalty(nets[domain], true) for domain, true in faces.items()]).sum()


def _scores(state: State, discriminator: nn.Module, faces: Tensor) -> Tensor:
    """Logits, float32, of faces that are first changed as the discriminators always see them."""
    with torch.autocast(state.device.type, enabled=False):
        changed = augment(faces, state.config.augmentations, state.augment_strength)
    logits: Tensor = discriminator(changed).float()
    return logits


def _autocast(state: State) -> torch.autocast:
    enabled = state.config.precision == "bf16"
    return torch.autocast(state.device.type, torch.bfloat16, enabled=enabled)


def _discriminators_learn(nets: CycleGan, *, learn: bool) -> None:
    for network in nets.discriminators.values():
        network.requires_grad_(learn)


def _descend(optimiser: torch.optim.Adam, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
