"""One training step: the generators first, then the discriminators on the same fakes.

Forward passes are merged: each generator gets the faces to translate and those of the identity loss as one
batch, each discriminator real faces and fakes as one batch. The results are the same as with a pass for each,
because no network mixes the faces of a batch.
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
from f2a_methods.method import StepContext
from f2a_methods.optimisation import update


class Translations(NamedTuple):
    """The outputs of both generators for one batch, float32."""

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
        groups: likewise, see `f2a_methods.optimisation.network_group`.
        pools: earlier fakes, by their domain.
        context: see `f2a_methods.method.StepContext`.
    """

    config: CycleGanConfig
    networks: CycleGan
    optimisers: tuple[torch.optim.Adam, torch.optim.Adam]
    groups: tuple[nn.Module, nn.Module]
    pools: dict[str, Pool]
    context: StepContext

    def take(self, human: Tensor, anime: Tensor) -> dict[str, Tensor]:
        """See `f2a_methods.method.Learner.step`."""
        config, context = self.config, self.context
        generators, discriminators = self.optimisers
        generators.param_groups[0]["lr"] = config.rate(context.step)
        rate = config.discriminators_rate(context.step) * context.rate_factor
        discriminators.param_groups[0]["lr"] = rate
        _require_grad(self.networks.discriminators, required=False)  # gradients still pass through them
        made, losses = self.groups[0](self._generator_losses, human, anime)
        update(generators, losses["generators"])
        faces = {"anime": (anime, made.anime), "human": (human, made.human)}
        _require_grad(self.networks.discriminators, required=True)
        total, discriminator_losses = self.groups[1](self._discriminator_losses, faces)
        update(discriminators, total)
        return {name: loss.detach() for name, loss in (losses | discriminator_losses).items()}

    def _generator_losses(self, human: Tensor, anime: Tensor) -> tuple[Translations, dict[str, Tensor]]:
        config, nets = self.config, self.networks
        weight = config.identity(self.context.step)
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

    def _discriminator_losses(
        self, faces: dict[str, tuple[Tensor, Tensor]]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The discriminators' loss and its parts.

        Args:
            faces: real faces and fakes, by domain.
        """
        config, nets, losses = self.config, self.networks, {}
        for domain, (real, made) in faces.items():
            fakes = processes.shard(
                self.pools[domain].exchange(processes.all_gather(made.detach()), self.context.step)
            )
            with self._autocast():
                scores = self._scores(nets.discriminators[domain], torch.cat([real, fakes]))
            on_real, on_fakes = scores.chunk(2)
            losses[f"discriminator_{domain}"] = discriminator_loss(on_real, on_fakes, config.loss)
        total = torch.stack(list(losses.values())).sum()
        losses["gradient_penalty"] = self._penalty({domain: real for domain, (real, _) in faces.items()})
        return total + config.gradient_penalty * EVERY * losses["gradient_penalty"], losses

    def _penalty(self, faces: dict[str, Tensor]) -> Tensor:
        if not (self.config.gradient_penalty and is_due(self.context.step)):
            return torch.zeros((), device=next(iter(faces.values())).device)
        nets = self.networks.discriminators
        return torch.stack([gradient_penalty(nets[domain], real) for domain, real in faces.items()]).sum()

    def _scores(self, discriminator: nn.Module, faces: Tensor) -> Tensor:
        """The discriminator's logits for augmented faces, float32."""
        with torch.autocast(faces.device.type, enabled=False):
            augmented = augment(faces, self.config.augmentations, self.context.augment_strength)
        logits: Tensor = discriminator(augmented).float()
        return logits

    def _autocast(self) -> torch.autocast:
        device = next(self.networks.parameters()).device
        return torch.autocast(device.type, torch.bfloat16, enabled=self.context.bf16)


def _translate(nets: CycleGan, human: Tensor, anime: Tensor, *, identity: bool) -> Translations:
    """Translate, translate back, and map faces of the target domain (identity) if needed."""
    if identity:
        fake_anime, same_anime = nets.human2anime(torch.cat([human, anime])).float().chunk(2)
        fake_human, same_human = nets.anime2human(torch.cat([anime, human])).float().chunk(2)
    else:  # the identity loss of an unchanged face is 0
        fake_anime, same_anime = nets.human2anime(human).float(), anime
        fake_human, same_human = nets.anime2human(anime).float(), human
    cycled_human, cycled_anime = nets.anime2human(fake_anime).float(), nets.human2anime(fake_human).float()
    return Translations(fake_anime, fake_human, cycled_human, cycled_anime, same_anime, same_human)


def _require_grad(networks: dict[str, nn.Module], *, required: bool) -> None:
    for network in networks.values():
        network.requires_grad_(required)
