"""CycleGAN's settings; the defaults are the preset ``paper``."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, Self, get_args

from msgspec import Meta

from f2a_methods.config import Config, Count, Weight

Generator = Literal["resnet9", "unet"]
Upsampling = Literal["deconv", "resize"]
Loss = Literal["bce", "lsgan", "hinge"]
GENERATORS: tuple[str, ...] = get_args(Generator)
AUGMENTATIONS = ("color", "translation", "cutout")
# "256 hidden units": the widest layers have 4 * 64 channels in the ResNet, 8 * 32 in the U-Net.
PAPER_WIDTH = {"resnet9": 64, "unet": 32}


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The networks.

    Attributes:
        generator: kind of generator.
        width: channels of the generator's first layer; 0: resnet9 64, unet 32.
        dropout: in the generators.
        upsample: in the generators; resize leaves no checkerboard.
        attention: one self-attention block in the generators.
        spectral_norm: in the discriminators, instead of instance normalisation.
        global_head: the discriminators also score the whole face.
    """

    generator: Generator = "resnet9"
    width: Annotated[int, Meta(ge=0, le=256)] = 0
    dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.5
    upsample: Upsampling = "deconv"
    attention: bool = False
    spectral_norm: bool = False
    global_head: bool = False


@dataclass(frozen=True, kw_only=True)
class CycleGanConfig(Architecture, Config):
    """The settings of a run.

    Attributes:
        loss: adversarial loss.
        cycle_weight: of the cycle loss, equation 7.
        identity_weight: of an identity loss.
        identity_until: step at which that weight has decayed to 0; 0: never.
        gradient_penalty: weight of R1, zero-centred, on the discriminators.
        augment: for the discriminators: color,translation,cutout or some.
        pool: earlier fakes that the discriminators see again.
        discriminator_rate: the discriminators' learning rate; 0: the same.
        beta1: of Adam.
        compile: use torch.compile; for resnet9.
    """

    METHOD: ClassVar[str] = "cyclegan"
    MAY_CHANGE: ClassVar[tuple[str, ...]] = ("compile",)

    loss: Loss = "bce"
    cycle_weight: Weight = 10.0
    identity_weight: Weight = 0.0
    identity_until: Count = 0
    gradient_penalty: Weight = 0.0
    augment: str = ""
    pool: Annotated[int, Meta(ge=0, le=10_000)] = 0
    discriminator_rate: Weight = 0.0
    beta1: Annotated[float, Meta(ge=0, lt=1)] = 0.5
    compile: bool = False

    def __post_init__(self) -> None:
        """Check the names of the augmentations."""
        if not set(self.augmentations) <= set(AUGMENTATIONS):
            raise ValueError(f"augment is {self.augment!r:.80}: expected some of {', '.join(AUGMENTATIONS)}")

    @property
    def network(self) -> str:
        """See `Config.network`."""
        return self.generator

    @property
    def augmentations(self) -> list[str]:
        """The names in ``augment``."""
        return [name.strip() for name in self.augment.split(",") if name.strip()]

    def resolved(self, faces: int) -> Self:
        """See `Config.resolved`; also sets the width."""
        return replace(super().resolved(faces), width=self.width or PAPER_WIDTH[self.generator])

    def identity(self, step: int) -> float:
        """The weight of the identity loss at a step."""
        if not self.identity_until:
            return self.identity_weight
        return self.identity_weight * max(0.0, 1 - step / self.identity_until)

    def discriminators_rate(self, step: int) -> float:
        """The discriminators' learning rate at a step."""
        return (self.discriminator_rate or self.learning_rate) * self.decay(step)


PRESETS = {
    "paper": CycleGanConfig(),
    # The runs behind these values are in docs/lab/own-encoder.md.
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
