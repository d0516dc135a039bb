"""One step of learning: the generator first, then the discriminators' heads on the same drawings.

Real drawings and results are judged by frozen EfficientNet-Lite0 features; nothing is translated back. What
ties a result to its photo is in `f2a_train.methods.projected.content`.
"""

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from f2a_train.average import Average
from f2a_train.backbone import load, resized
from f2a_train.losses import adversarial_loss, discriminator_loss
from f2a_train.methods.projected.augment import Change
from f2a_train.methods.projected.content import block_colours, colour_loss, content_loss
from f2a_train.methods.projected.discriminator import Heads, Projection
from f2a_train.methods.projected.generator import Generator

IDENTITY_EVERY = 4
"""Steps between those that also draw drawings again."""
SETTLED = 1000
"""Steps after which the colours' difference between the domains moves slowly."""
DIRECTION = "human2anime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is learned.

    Attributes:
        size: pixels of a face's side.
        width: of the generator.
        blocks: of the generator.
        content: weight of `content_loss`.
        colour: weight of `colour_loss`.
        brightening: share of the domains' difference in block colours that results may follow.
        identity: weight of the difference between drawings and what the generator makes of them.
        side: pixels to which faces are enlarged for the backbone; 0 for 96, or the size if that is more.
        rate: Adam's; its betas are 0 and 0.99.
        half_life: images after which a weight counts half in the generator's average.
        seed: of the weights and of the random mixing.
        bf16: whether the generator's passes are in bf16.
    """

    size: int = 64
    width: int = 32
    blocks: int = 3
    content: float = 2.0
    colour: float = 10.0
    brightening: float = 0.5
    identity: float = 5.0
    side: int = 0
    rate: float = 2e-4
    half_life: float = 5000.0
    seed: int = 0
    bf16: bool = False


class Learner:
    """The networks, their optimisers, and the generator's average.

    Args:
        choices: what to learn.

    Attributes:
        step: steps done.
        generator: the live one.
    """

    def __init__(self, choices: Choices) -> None:
        torch.manual_seed(choices.seed)
        self.choices, self.step = choices, 0
        self.generator = Generator(choices.size, choices.width, choices.blocks)
        self.heads = Heads()
        self._average = Average({DIRECTION: self.generator}, choices.half_life)
        self._backbone = load("lite0").to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._projection = Projection(self._backbone.channels, choices.seed)
        self._brighter = torch.zeros(3, 4, 4)
        self._optimisers = [
            torch.optim.Adam(network.parameters(), choices.rate, betas=(0.0, 0.99), fused=True)
            for network in (self.generator, self.heads)
        ]

    @property
    def average(self) -> nn.Module:
        """The generator to translate with, in evaluation mode."""
        return self._average.generators[DIRECTION]

    def learn(self, human: Tensor, anime: Tensor) -> dict[str, float]:
        """One step on a batch of each domain.

        Args:
            human: float32 in [-1, 1], (N, 3, S, S).
            anime: likewise.

        Returns:
            The losses before the update, without their weights.
        """
        self._compare_colours(human, anime)
        maps, losses = self._train_generator(human, anime)
        losses["discriminator"] = self._train_heads(maps, anime)
        self.step += 1
        self._average.update(self.step * len(human), len(human))
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def state(self) -> dict[str, Any]:
        """Everything that a later step depends on, but for torch's random state."""
        return {
            "step": self.step,
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "heads": self.heads.state_dict(),
            "brighter": self._brighter,
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be again as `state` said."""
        self.step, self._brighter = state["step"], state["brighter"].clone()
        for name in ("generator", "average", "heads"):
            getattr(self, name).load_state_dict(state[name])
        for optimiser, saved in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(copy.deepcopy(saved))

    def adopt(self, generator: dict[str, Tensor], heads: dict[str, Tensor]) -> None:
        """Begin from weights of another size: levels of the same side take them, the others begin anew."""
        for network in (self.generator, self.average):
            network.load_state_dict(network.state_dict() | generator)
        self.heads.load_state_dict(heads)

    def _train_generator(self, human: Tensor, anime: Tensor) -> tuple[list[Tensor], dict[str, Tensor]]:
        choices = self.choices
        self.heads.requires_grad_(requires_grad=False)
        again = self.step % IDENTITY_EVERY == 0 and choices.identity > 0
        with torch.autocast("cpu", torch.bfloat16, enabled=choices.bf16):
            made = self.generator(torch.cat([human, anime]) if again else human).float()
        drawn = made[: len(human)]
        change = Change.random(human)
        maps = self._maps(change(drawn))
        with torch.no_grad():
            wanted = self._maps(change(human))
        mixed = self._projection(maps)
        losses = {
            "adversarial": _mean([adversarial_loss(scores, "hinge") for scores in self.heads(mixed)]),
            "content": content_loss(maps, wanted),
            "colour": colour_loss(drawn, human, choices.brightening * self._brighter),
            "identity": l1_loss(made[len(human) :], anime) if again else torch.zeros(()),
        }
        weights = {"adversarial": 1.0} | {
            name: getattr(choices, name) for name in ("content", "colour", "identity")
        }
        total = torch.stack([weights[name] * loss for name, loss in losses.items()]).sum()
        _descend(self._optimisers[0], total)
        return [scale.detach() for scale in mixed], losses

    def _train_heads(self, made: list[Tensor], anime: Tensor) -> Tensor:
        self.heads.requires_grad_(requires_grad=True)
        with torch.no_grad():
            true = self._projection(self._maps(Change.random(anime)(anime)))
        scores = zip(self.heads(true), self.heads(made), strict=True)
        loss = _mean([discriminator_loss(of_true, of_made, "hinge") for of_true, of_made in scores])
        _descend(self._optimisers[1], loss)
        return loss

    def _maps(self, faces: Tensor) -> list[Tensor]:
        maps: list[Tensor] = self._backbone(resized(faces, self.choices.side or max(96, faces.shape[-1])))
        return maps

    def _compare_colours(self, human: Tensor, anime: Tensor) -> None:
        difference = block_colours(anime).mean(0) - block_colours(human).mean(0)
        self._brighter = self._brighter.lerp(difference, 1 / min(self.step + 1, SETTLED))


def _mean(losses: list[Tensor]) -> Tensor:
    """Over the scales: their sum would outweigh the content, and one face would do for every photo."""
    return torch.stack(losses).mean()


def _descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
