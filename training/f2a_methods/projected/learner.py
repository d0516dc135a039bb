"""One training step: the generator first, then the discriminators' heads on the same results.

The discriminators use frozen EfficientNet-Lite0 features. There is no cycle; the losses between a result and
its photo are in `f2a_methods.projected.content`.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from f2a_methods import processes
from f2a_methods.adversarial import adversarial_loss, discriminator_loss
from f2a_methods.method import StepContext
from f2a_methods.optimisation import network_group, update
from f2a_methods.projected.augment import Augmentation
from f2a_methods.projected.colours import hair_colour
from f2a_methods.projected.content import (
    block_colours,
    colour_loss,
    content_loss,
    identity_loss,
    kept_colours,
)
from f2a_methods.projected.discriminator import Heads, Projection, asymmetry
from f2a_methods.projected.exposure import random_blur, random_exposure, random_shading
from f2a_methods.projected.framing import random_affine
from f2a_methods.projected.generator import Generator
from f2a_methods.projected.reward import reward_loss, shipped
from f2a_methods.projected.settings import HEAD_WARMUP, ProjectedConfig
from f2a_methods.projected.symmetry import symmetry_loss
from f2a_methods.projected.views import views, whole_faces
from f2a_metrics.backbone import load
from f2a_translate.directions import DIRECTIONS

IDENTITY_EVERY = 4
"""The identity loss is computed at every 4th step."""
REWARD_EVERY = 2
"""The same for the reward loss."""
COLOUR_STEPS = 1000
"""Time constant of the running mean of the difference in colour between the domains, in steps."""
SMALLEST_SIDE = 96
"""Smallest input side of the backbone in pixels; smaller faces are upsampled."""
SHARE_OF_SIDE = 3 / 4
"""Input side of the backbone for larger faces, as a part of the face's side."""
DIRECTION = DIRECTIONS[0]
BETAS = (0.0, 0.99)
WEIGHTS = {
    "content": "content_weight",
    "colour": "colour_weight",
    "identity": "identity_weight",
    "symmetry": "symmetry_weight",
    "reward": "reward_weight",
}


def generator(config: ProjectedConfig, size: int) -> Generator:
    """See `f2a_methods.method.Method.module`."""
    return Generator(size, config.width, config.blocks)


class Learner:
    """See `f2a_methods.method.Learner`.

    Args:
        config: the settings.
        size: pixels of a face's side.
        device: of the networks.

    Attributes:
        networks: the generator, under the name of its direction, and the heads.
        optimisers: Adam for the generator and for the heads.

    Raises:
        ValueError: the method does not support the faces' size.
    """

    def __init__(self, config: ProjectedConfig, size: int, device: torch.device) -> None:
        self._config, self._device = config, device
        network = generator(config, size)
        self.networks = nn.ModuleDict({DIRECTION: network, "heads": Heads()}).to(device)
        self.optimisers = [
            torch.optim.Adam(network.parameters(), config.learning_rate, betas=BETAS, fused=True)
            for network in self.networks.values()
        ]
        self._heads = self.networks["heads"]
        self._groups = [network_group([network]) for network in self.networks.values()]
        self._proportions, self._hair_finder = network.proportions, network.hair_finder
        backbone = load("lite0")
        self._projection = Projection(backbone.channels).to(device)
        self._backbone = backbone.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._reward = shipped().to(device) if config.reward_weight else None
        self._side = config.backbone_side or max(SMALLEST_SIDE, round(SHARE_OF_SIDE * size))
        self._colour_difference = torch.zeros(3, 4, 4, device=device)

    @property
    def generators(self) -> dict[str, nn.Module]:
        """The only one, by its direction."""
        return {DIRECTION: self.networks[DIRECTION]}

    def step(self, human: Tensor, anime: Tensor, context: StepContext) -> dict[str, Tensor]:
        """See `f2a_methods.method.Learner.step`."""
        generator_group, heads_group = (optimiser.param_groups[0] for optimiser in self.optimisers)
        rate = self._config.rate(context.step)
        generator_group["lr"], heads_group["lr"] = rate, rate * context.rate_factor
        human, anime = self._proportions(random_exposure(random_affine(human))), random_exposure(anime)
        kept = kept_colours(human, hair_colour(human, self._hair_finder(human)))
        self._update_colour_difference(kept, anime, context)
        warmup = bool(self._config.init) and context.step < HEAD_WARMUP
        with torch.set_grad_enabled(not warmup):
            maps, losses = self._groups[0](self._generator_losses, human, kept, anime, context)
        if not warmup:
            update(self.optimisers[0], losses["generator"])
        losses["discriminator"] = self._groups[1](self._heads_loss, maps, anime, context)
        update(self.optimisers[1], losses["discriminator"])
        return {name: loss.detach() for name, loss in losses.items()}

    def extra_state(self) -> dict[str, Tensor]:
        """The difference in colour between the domains, (3, 4, 4)."""
        return {"brighter": self._colour_difference}

    def load_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """See `f2a_methods.method.Learner.load_extra_state`."""
        difference = state["brighter"]
        if difference.shape != self._colour_difference.shape:
            raise ValueError(f"a difference in colour of shape {tuple(difference.shape)}")
        self._colour_difference = difference.to(self._colour_difference, copy=True)

    def _generator_losses(
        self, human: Tensor, kept: Tensor, anime: Tensor, context: StepContext
    ) -> tuple[list[Tensor], dict[str, Tensor]]:
        """The heads' inputs for the results, detached, and the generator's losses."""
        config = self._config
        self._heads.requires_grad_(requires_grad=False)
        identity = context.step % IDENTITY_EVERY == 0 and config.identity_weight > 0
        with torch.autocast(self._device.type, torch.bfloat16, enabled=context.bf16):
            photos, condition = random_blur(random_shading(human)), random_shading(human)
            if identity:
                photos, condition = torch.cat([photos, anime]), torch.cat([condition, anime])
            outputs = self.networks[DIRECTION](photos, condition).float()
        results = outputs[: len(human)]
        augmentation = Augmentation.random(human, context.augment_strength)
        augmented = augmentation(results)
        maps = self._maps(augmented)
        with torch.no_grad():
            targets = self._backbone(whole_faces(augmentation(human), self._side))
        inputs = [*self._projection(maps), asymmetry(augmented)]
        losses = {
            "adversarial": _mean([adversarial_loss(scores, "hinge") for scores in self._heads(inputs)]),
            "content": content_loss([scale[: len(targets[0])] for scale in maps], targets),
            "colour": colour_loss(results, kept, config.brightening * self._colour_difference),
            "identity": identity_loss(outputs[len(human) :], anime) if identity else results.new_zeros(()),
            "symmetry": results.new_zeros(()),
            "reward": results.new_zeros(()),
        }
        if context.step >= config.refine_from:
            losses["symmetry"] = symmetry_loss(results)
            if self._reward and context.step % REWARD_EVERY == 0:
                losses["reward"] = reward_loss(self._reward, results)
        weighted = [getattr(config, weight) * losses[name] for name, weight in WEIGHTS.items()]
        losses["generator"] = torch.stack([losses["adversarial"], *weighted]).sum()
        return [each.detach() for each in inputs], losses

    def _heads_loss(self, fakes: list[Tensor], anime: Tensor, context: StepContext) -> Tensor:
        """The heads' loss on their inputs for the results, and on drawings."""
        self._heads.requires_grad_(requires_grad=True)
        with torch.no_grad():
            augmented = Augmentation.random(anime, context.augment_strength)(anime)
            reals = [*self._projection(self._maps(augmented)), asymmetry(augmented)]
        scores = zip(self._heads(reals), self._heads(fakes), strict=True)
        return _mean([discriminator_loss(real, fake, "hinge") for real, fake in scores])

    def _maps(self, faces: Tensor) -> list[Tensor]:
        maps: list[Tensor] = self._backbone(views(faces, self._side))
        return maps

    def _update_colour_difference(self, kept: Tensor, anime: Tensor, context: StepContext) -> None:
        difference = processes.all_mean(block_colours(anime).mean(0) - kept.mean(0))
        self._colour_difference = self._colour_difference.lerp(
            difference, 1 / min(context.step + 1, COLOUR_STEPS)
        )


def _mean(losses: list[Tensor]) -> Tensor:
    """The mean over the scales; a sum would outweigh the content loss, and the generator would collapse."""
    return torch.stack(losses).mean()
