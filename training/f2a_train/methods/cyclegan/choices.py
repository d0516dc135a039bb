"""CycleGAN's settings; the defaults are the preset ``paper``."""

from dataclasses import dataclass, replace
from math import inf
from typing import ClassVar, Self

from f2a_train.config import Config, choice, names

GENERATORS = ("resnet9", "unet")
LOSSES = ("bce", "lsgan", "hinge")
UPSAMPLINGS = ("deconv", "resize")
AUGMENTATIONS = ("color", "translation", "cutout")
# "256 hidden units": the widest layers have 4 * 64 channels in the ResNet, 8 * 32 in the U-Net.
PAPER_WIDTH = {"resnet9": 64, "unet": 32}


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The networks; see each field's help."""

    generator: str = choice("resnet9", "Kind of generator.", option=True, among=GENERATORS)
    width: int = choice(
        0, "Channels of the generator's first layer; 0: resnet9 64, unet 32.", option=True, high=256
    )
    dropout: float = choice(0.5, "Dropout in the generators.", below=1)
    upsample: str = choice("deconv", "In the generators; resize leaves no checkerboard.", among=UPSAMPLINGS)
    attention: bool = choice(default=False, about="One self-attention block in the generators.")
    spectral_norm: bool = choice(
        default=False, about="In the discriminators, instead of instance normalisation."
    )
    global_head: bool = choice(default=False, about="The discriminators also score the whole face.")


@dataclass(frozen=True, kw_only=True)
class CycleGanConfig(Architecture, Config):
    """The settings of a run; see each field's help."""

    METHOD: ClassVar[str] = "cyclegan"
    HARMLESS: ClassVar[tuple[str, ...]] = ("compile",)

    loss: str = choice("bce", "Adversarial loss.", among=LOSSES)
    cycle_weight: float = choice(10.0, "Weight of the cycle loss, equation 7.", below=inf)
    identity_weight: float = choice(0.0, "Weight of an identity loss.", below=inf)
    identity_until: int = choice(0, "Step at which that weight has decayed to 0; 0: never.", metavar="STEP")
    gradient_penalty: float = choice(0.0, "Weight of R1, zero-centred, on the discriminators.", below=inf)
    augment: str = choice(
        "",
        "For the discriminators: color,translation,cutout or some.",
        metavar="NAMES",
        among=AUGMENTATIONS,
        several=True,
    )
    pool: int = choice(0, "Earlier fakes that the discriminators see again.", high=10_000)
    discriminator_rate: float = choice(0.0, "The discriminators' learning rate; 0: the same.", below=inf)
    beta1: float = choice(0.5, "", below=1)
    compile: bool = choice(default=False, about="Compile the networks first; for resnet9.")

    @property
    def network(self) -> str:
        """See `Config.network`."""
        return self.generator

    @property
    def augmentations(self) -> list[str]:
        """The names in ``augment``."""
        return names(self.augment)

    def resolved(self, faces: int) -> Self:
        """See `Config.resolved`; the width too."""
        return replace(super().resolved(faces), width=self.width or PAPER_WIDTH[self.generator])

    def identity(self, step: int) -> float:
        """The weight of the identity loss at a step."""
        if not self.identity_until:
            return self.identity_weight
        return self.identity_weight * max(0.0, 1 - step / self.identity_until)

    def rate_of_discriminators(self, step: int) -> float:
        """The discriminators' learning rate at a step."""
        return (self.discriminator_rate or self.learning_rate) * self.decay(step)


PRESETS = {
    "paper": CycleGanConfig(),
    # docs/lab/own-encoder.md has the runs behind these.
    "steady": CycleGanConfig(
        dropout=0.0,
        upsample="resize",
        attention=True,
        global_head=True,
        loss="lsgan",
        cycle_weight=5.0,
        identity_weight=5.0,
        identity_until=1_000,
        gradient_penalty=10.0,
        pool=50,
        steps=60_000,
        decay_from=30_000,
        batch_size=4,
        ema_half_life=10_000.0,
    ),
}
