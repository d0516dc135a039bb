"""The groups of choices that make up a run's `f2a_train.config.Config`; the defaults are the paper's."""

from dataclasses import dataclass
from typing import Literal

GENERATORS = ("resnet9", "unet")
LOSSES = ("bce", "lsgan", "hinge")
UPSAMPLINGS = ("deconv", "resize")
AUGMENTATIONS = ("color", "translation", "cutout")
PRECISIONS = ("auto", "fp32", "bf16")
Mode = Literal["act", "warn", "off"]
"""What the watchdog does about a collapse: go back, only say so, or not look at all."""


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The networks.

    Attributes:
        generator: one of `GENERATORS`.
        width: channels of the generator's first layer; 0 takes the paper's.
        dropout: probability of dropout in the generator.
        upsample: ``deconv``, or ``resize``: double, then convolve, which leaves no checkerboard.
        attention: one self-attention block in the generator, at 16x16 for faces of 64 pixels.
        spectral_norm: in the discriminators, in place of instance normalisation.
        global_head: the discriminators also score the face as a whole, beside its patches.
    """

    generator: str = "resnet9"
    width: int = 0
    dropout: float = 0.5
    upsample: str = "deconv"
    attention: bool = False
    spectral_norm: bool = False
    global_head: bool = False


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What is learned.

    Attributes:
        loss: the adversarial one, of `LOSSES`.
        cycle_weight: lambda of equation 7.
        identity_weight: weight of |G(y) - y| + |F(x) - x|, which the paper does not have.
        identity_until: step at which that weight has fallen linearly to zero; 0 for never.
        gradient_penalty: weight of the zero-centred penalty on the discriminators' slope at true faces.
        augment: some of `AUGMENTATIONS` with commas between, for everything that a discriminator sees.
        pool: how many earlier fakes of each domain are kept for the discriminators; 0 for none.
    """

    loss: str = "bce"
    cycle_weight: float = 10.0
    identity_weight: float = 0.0
    identity_until: int = 0
    gradient_penalty: float = 0.0
    augment: str = ""
    pool: int = 0

    def identity(self, step: int) -> float:
        """The weight of the identity loss at a step."""
        if not self.identity_until:
            return self.identity_weight
        return self.identity_weight * max(0.0, 1 - step / self.identity_until)

    @property
    def augmentations(self) -> list[str]:
        """The names in ``augment``."""
        return [name.strip() for name in self.augment.split(",") if name.strip()]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long and how fast.

    Attributes:
        steps: batches until the end.
        epochs: if not 0, sets the steps: one epoch sees every face of the larger domain once.
        batch_size: faces of each domain in a step.
        learning_rate: Adam's.
        discriminator_rate: likewise, of the discriminators; 0 for the same.
        beta1: Adam's first decay rate; the second is 0.999.
        decay_from: step from which the rates fall linearly to zero at the last step; 0 for never.
        ema_half_life: images after which a weight counts half in the generators' average; 0 for none.
    """

    steps: int = 100_000
    epochs: int = 0
    batch_size: int = 1
    learning_rate: float = 2e-4
    discriminator_rate: float = 0.0
    beta1: float = 0.5
    decay_from: int = 0
    ema_half_life: float = 0.0

    def rate(self, step: int) -> float:
        """The generators' learning rate at a step: a function of it, so that there is no schedule to lose."""
        return self.learning_rate * self._decay(step)

    def rate_of_discriminators(self, step: int) -> float:
        """Likewise for the discriminators."""
        return (self.discriminator_rate or self.learning_rate) * self._decay(step)

    def _decay(self, step: int) -> float:
        if not self.decay_from or step < self.decay_from:
            return 1.0
        return (self.steps - step) / (self.steps - self.decay_from)
