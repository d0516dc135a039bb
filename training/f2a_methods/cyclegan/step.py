"""One training step: the generators first, then the discriminators on the same fakes.

The same mathematics as a pass for each term, in fewer and larger passes: each generator gets the faces to
translate and those of the identity loss as one batch, each discriminator real faces and fakes as one.
No network here mixes the faces of a batch, so that each face has the same result as alone.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from f2a_methods import processes
from f2a_methods.adversarial import adversarial_loss, discriminator_loss
from f2a_methods.cyclegan.augment import augment
from f2a_methods.cyclegan.losses import cycle_loss, total_loss
from f2a_methods.cyclegan.networks import CycleGan
from f2a_methods.cyclegan.penalty import EVERY, gradient_penalty, is_due
from f2a_methods.cyclegan.pool import Pool
from f2a_methods.cyclegan.settings import CycleGanConfig
from f2a_methods.descent import descend
from f2a_methods.method import Moment


class Translations(NamedTuple):
    """What both generators made of one batch, float32."""

    anime: Tensor
    human: Tensor
    cycled_human: Tensor
    cycled_anime: Tensor
    same_anime: Tensor
    same_human: Tensor


@dataclass(frozen=True, slots=True)
class Step:
    """One step on a batch of each domain.

    Attributes:
        config: the settings.
        networks: all four.
        optimisers: the generators' and the discriminators'.
        sides: likewise, see `f2a_methods.descent.side_of`.
        pools: earlier fakes, by their domain.
        moment: when.
    """

    config: CycleGanConfig
    networks: CycleGan
    optimisers: tuple[torch.optim.Adam, torch.optim.Adam]
    sides: tuple[nn.Module, nn.Module]
    pools: dict[str, Pool]
    moment: Moment

    def take(self, human: Tensor, anime: Tensor) -> dict[str, Tensor]:
        """See `f2a_methods.method.Learner.step`."""
        config, moment = self.config, self.moment
        generators, discriminators = self.optimisers
        generators.param_groups[0]["lr"] = config.rate(moment.step)
        rate = config.rate_of_discriminators(moment.step) * moment.rate_factor
        discriminators.param_groups[0]["lr"] = rate
        _discriminators_learn(self.networks, learn=False)  # the generators' gradient passes through them
        made, losses = self.sides[0](self._of_generators, human, anime)
        descend(generators, losses["generators"])
        faces = {"anime": (anime, made.anime), "human": (human, made.human)}
        _discriminators_learn(self.networks, learn=True)
        total, of_discriminators = self.sides[1](self._of_discriminators, faces)
        descend(discriminators, total)
        return {name: loss.detach() for name, loss in (losses | of_discriminators).items()}

    def _of_generators(self, human: Tensor, anime: Tensor) -> tuple[Translations, dict[str, Tensor]]:
        config, nets = self.config, self.networks
        weight = config.identity(self.moment.step)
        with self._autocast():
            made = _translate(nets, human, anime, identity=weight > 0)
            score_anime = self._scores(nets.discriminator_anime, made.anime)
            score_human = self._scores(nets.discriminator_human, made.human)
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
        return made, losses

    def _of_discriminators(self, faces: dict[str, tuple[Tensor, Tensor]]) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of both discriminators on real faces and fakes, by domain, and its parts."""
        config, nets, losses = self.config, self.networks, {}
        for domain, (true, made) in faces.items():
            fakes = processes.own(
                self.pools[domain].exchange(processes.gathered(made.detach()), self.moment.step)
            )
            with self._autocast():
                scores = self._scores(nets.discriminators[domain], torch.cat([true, fakes]))
            of_true, of_fakes = scores.chunk(2)
            losses[f"discriminator_{domain}"] = discriminator_loss(of_true, of_fakes, config.loss)
        total = torch.stack(list(losses.values())).sum()
        losses["gradient_penalty"] = self._penalty({domain: true for domain, (true, _) in faces.items()})
        return total + config.gradient_penalty * EVERY * losses["gradient_penalty"], losses

    def _penalty(self, faces: dict[str, Tensor]) -> Tensor:
        if not (self.config.gradient_penalty and is_due(self.moment.step)):
            return torch.zeros((), device=next(iter(faces.values())).device)
        nets = self.networks.discriminators
        return torch.stack([gradient_penalty(nets[domain], true) for domain, true in faces.items()]).sum()

    def _scores(self, discriminator: nn.Module, faces: Tensor) -> Tensor:
        """Logits, float32, of faces that are augmented first."""
        with torch.autocast(faces.device.type, enabled=False):
            changed = augment(faces, self.config.augmentations, self.moment.augment_strength)
        logits: Tensor = discriminator(changed).float()
        return logits

    def _autocast(self) -> torch.autocast:
        device = next(self.networks.parameters()).device
        return torch.autocast(device.type, torch.bfloat16, enabled=self.moment.bf16)


def _translate(nets: CycleGan, human: Tensor, anime: Tensor, *, identity: bool) -> Translations:
    """There, back again, and, if asked for, what each generator makes of faces of its own domain."""
    if identity:
        fake_anime, same_anime = nets.human2anime(torch.cat([human, anime])).float().chunk(2)
        fake_human, same_human = nets.anime2human(torch.cat([anime, human])).float().chunk(2)
    else:  # an unchanged face has no loss
        fake_anime, same_anime = nets.human2anime(human).float(), anime
        fake_human, same_human = nets.anime2human(anime).float(), human
    cycled_human, cycled_anime = nets.anime2human(fake_anime).float(), nets.human2anime(fake_human).float()
    return Translations(fake_anime, fake_human, cycled_human, cycled_anime, same_anime, same_human)


def _discriminators_learn(nets: CycleGan, *, learn: bool) -> None:
    for network in nets.discriminators.values():
        network.requires_grad_(learn)
