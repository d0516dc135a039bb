"""One step of learning: the generator first, then the discriminators' heads on the same drawings.

Real drawings and results are judged by frozen EfficientNet-Lite0 features; nothing is translated back. What
ties a result to its photo is in `f2a_methods.projected.content`.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from f2a_methods import processes
from f2a_methods.adversarial import adversarial_loss, discriminator_loss
from f2a_methods.descent import descend, side_of
from f2a_methods.method import Moment
from f2a_methods.projected.augment import Change
from f2a_methods.projected.content import block_colours, colour_loss, content_loss
from f2a_methods.projected.discriminator import Heads, Projection, halves
from f2a_methods.projected.exposure import exposed, shaded, veiled
from f2a_methods.projected.framing import reframed
from f2a_methods.projected.generator import Generator
from f2a_methods.projected.settings import ProjectedConfig
from f2a_methods.projected.views import seen, whole
from f2a_metrics.backbone import load
from f2a_translate.directions import DIRECTIONS

IDENTITY_EVERY = 4
"""Steps between those that also draw drawings again."""
SETTLED = 1000
"""Steps after which the colours' difference between the domains moves slowly."""
HEAD_START = 200
"""Steps that the heads learn alone where the generator is a trained one: they know nothing at first."""
SMALLEST_SIDE = 96
"""Pixels to which smaller faces are enlarged for the backbone."""
SHARE_OF_SIDE = 3 / 4
"""Of a larger face's side, what the backbone gets."""
DIRECTION = DIRECTIONS[0]
BETAS = (0.0, 0.99)
WEIGHTS = {"content": "content_weight", "colour": "colour_weight", "identity": "identity_weight"}


def generator(config: ProjectedConfig, size: int) -> Generator:
    """See `f2a_methods.method.Method.module`."""
    return Generator(size, config.width, config.blocks)


class Learner:
    """See `f2a_methods.method.Learner`.

    Args:
        config: the settings.
        size: pixels of a face's side.
        device: where to compute.

    Attributes:
        networks: the generator, under the name of its direction, and the heads.
        optimisers: Adam for either.

    Raises:
        ValueError: the faces' size cannot be worked with.
    """

    def __init__(self, config: ProjectedConfig, size: int, device: torch.device) -> None:
        self._config, self._device = config, device
        drawing = generator(config, size)
        self.networks = nn.ModuleDict({DIRECTION: drawing, "heads": Heads()}).to(device)
        self.optimisers = [
            torch.optim.Adam(network.parameters(), config.learning_rate, betas=BETAS, fused=True)
            for network in self.networks.values()
        ]
        self._heads = self.networks["heads"]
        self._sides = [side_of([network]) for network in self.networks.values()]
        self._proportions = drawing.proportions
        backbone = load("lite0")
        self._projection = Projection(backbone.channels).to(device)
        self._backbone = backbone.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._side = config.backbone_side or max(SMALLEST_SIDE, round(SHARE_OF_SIDE * size))
        self._brighter = torch.zeros(3, 4, 4, device=device)

    @property
    def generators(self) -> dict[str, nn.Module]:
        """The one that there is, by its direction."""
        return {DIRECTION: self.networks[DIRECTION]}

    def step(self, human: Tensor, anime: Tensor, moment: Moment) -> dict[str, Tensor]:
        """See `f2a_methods.method.Learner.step`."""
        of_generator, of_heads = (optimiser.param_groups[0] for optimiser in self.optimisers)
        rate = self._config.rate(moment.step)
        of_generator["lr"], of_heads["lr"] = rate, rate * moment.rate_factor
        human, anime = self._proportions(exposed(reframed(human))), exposed(anime)
        self._compare_colours(human, anime, moment)
        waits = bool(self._config.init) and moment.step < HEAD_START
        with torch.set_grad_enabled(not waits):
            maps, losses = self._sides[0](self._draw, human, anime, moment)
        if not waits:
            descend(self.optimisers[0], losses["generator"])
        losses["discriminator"] = self._sides[1](self._judge, maps, anime, moment)
        descend(self.optimisers[1], losses["discriminator"])
        return {name: loss.detach() for name, loss in losses.items()}

    def memory(self) -> dict[str, Tensor]:
        """The domains' difference in colour: (3, 4, 4)."""
        return {"brighter": self._brighter}

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        """See `f2a_methods.method.Learner.recall`."""
        brighter = memory["brighter"]
        if brighter.shape != self._brighter.shape:
            raise ValueError(f"colours of {tuple(brighter.shape)}")
        self._brighter = brighter.to(self._brighter, copy=True)

    def _draw(self, human: Tensor, anime: Tensor, moment: Moment) -> tuple[list[Tensor], dict[str, Tensor]]:
        """What the heads are shown of the photos' drawings, and what these cost the generator."""
        config = self._config
        self._heads.requires_grad_(requires_grad=False)
        again = moment.step % IDENTITY_EVERY == 0 and config.identity_weight > 0
        with torch.autocast(self._device.type, torch.bfloat16, enabled=moment.bf16):
            shown, told = veiled(shaded(human)), shaded(human)
            if again:
                shown, told = torch.cat([shown, anime]), torch.cat([told, anime])
            made = self.networks[DIRECTION](shown, told).float()
        drawn = made[: len(human)]
        change = Change.random(human, moment.augment_strength)
        changed = change(drawn)
        maps = self._maps(changed)
        with torch.no_grad():
            wanted = self._backbone(whole(change(human), self._side))
        judged = [*self._projection(maps), halves(changed)]
        losses = {
            "adversarial": _mean([adversarial_loss(scores, "hinge") for scores in self._heads(judged)]),
            "content": content_loss([scale[: len(wanted[0])] for scale in maps], wanted),
            "colour": colour_loss(drawn, human, config.brightening * self._brighter),
            "identity": l1_loss(made[len(human) :], anime) if again else drawn.new_zeros(()),
        }
        weighted = [getattr(config, weight) * losses[name] for name, weight in WEIGHTS.items()]
        losses["generator"] = torch.stack([losses["adversarial"], *weighted]).sum()
        return [each.detach() for each in judged], losses

    def _judge(self, made: list[Tensor], anime: Tensor, moment: Moment) -> Tensor:
        """The heads' loss on what they are shown of results, and on what they are shown of drawings."""
        self._heads.requires_grad_(requires_grad=True)
        with torch.no_grad():
            changed = Change.random(anime, moment.augment_strength)(anime)
            true = [*self._projection(self._maps(changed)), halves(changed)]
        scores = zip(self._heads(true), self._heads(made), strict=True)
        return _mean([discriminator_loss(of_true, of_made, "hinge") for of_true, of_made in scores])

    def _maps(self, faces: Tensor) -> list[Tensor]:
        maps: list[Tensor] = self._backbone(seen(faces, self._side))
        return maps

    def _compare_colours(self, human: Tensor, anime: Tensor, moment: Moment) -> None:
        difference = processes.mean(block_colours(anime).mean(0) - block_colours(human).mean(0))
        self._brighter = self._brighter.lerp(difference, 1 / min(moment.step + 1, SETTLED))


def _mean(losses: list[Tensor]) -> Tensor:
    """Over the scales: their sum would outweigh the content, and one face would do for every photo."""
    return torch.stack(losses).mean()
