"""What a person chooses for a run. The faces' size and crop rules come with the data instead."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from f2a_manifests import ExitCode, FatalError

GENERATORS = ("resnet9", "unet")
DIRECTIONS = ("human2anime", "anime2human")
# "256 hidden units": the widest layers have 4 * 64 channels in the ResNet, 8 * 32 in the U-Net.
PAPER_WIDTH = {"resnet9": 64, "unet": 32}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A run's choices; the defaults are the preset ``paper``.

    Attributes:
        generator: one of `GENERATORS`.
        width: channels of the generator's first layer; 0 takes the paper's.
        dropout: probability of dropout in the generator.
        steps: batches until the end.
        epochs: if not 0, sets the steps: one epoch sees every face of the larger domain once.
        batch_size: faces of each domain in a step.
        learning_rate: Adam's.
        beta1: Adam's first decay rate; the second is 0.999.
        decay_from: step from which the rate falls linearly to zero at the last step; 0 for never.
        cycle_weight: lambda of equation 7.
        identity_weight: weight of |G(y) - y| + |F(x) - x|, which the paper does not have.
        seed: of the weights, the order of the faces, the flips and the dropout.
        human_source: use only human rows with this in their column ``source``.
    """

    generator: str = "resnet9"
    width: int = 0
    dropout: float = 0.5
    steps: int = 100_000
    epochs: int = 0
    batch_size: int = 1
    learning_rate: float = 2e-4
    beta1: float = 0.5
    decay_from: int = 0
    cycle_weight: float = 10.0
    identity_weight: float = 0.0
    seed: int = 0
    human_source: str = ""

    def resolved(self, faces: int) -> "Config":
        """With the width and the number of steps filled in.

        Args:
            faces: how many the larger domain has.
        """
        steps = -(-self.epochs * faces // self.batch_size) if self.epochs else self.steps
        return replace(self, width=self.width or PAPER_WIDTH[self.generator], steps=steps, epochs=0)

    def rate(self, step: int) -> float:
        """The learning rate of a step: a function of it, so that there is no schedule to lose."""
        if not self.decay_from or step < self.decay_from:
            return self.learning_rate
        return self.learning_rate * (self.steps - step) / (self.steps - self.decay_from)


PRESETS = {"paper": Config()}


def from_preset(name: str, **changes: Any) -> Config:  # noqa: ANN401 -- each field has its own type
    """A preset with some fields changed; ``None`` leaves a field as it is.

    Raises:
        FatalError: no such preset or field, or a value that cannot work.
    """
    if name not in PRESETS:
        raise FatalError(f"unknown preset {name!r}; there are {', '.join(PRESETS)}", ExitCode.USAGE)
    preset = PRESETS[name]
    given = {key: value for key, value in changes.items() if value is not None}
    return checked(replace(preset, **{key: type(getattr(preset, key))(given[key]) for key in given}))


def from_dict(values: Mapping[str, Any]) -> Config:
    """The config that ``dataclasses.asdict`` made a mapping of, from a checkpoint.

    Raises:
        FatalError: fields are missing or unknown, or have wrong types or values.
    """
    types = {field.name: type(getattr(PRESETS["paper"], field.name)) for field in fields(Config)}
    if {name: type(value) for name, value in values.items()} != types:
        raise FatalError("its configuration is not one that this version understands")
    return checked(Config(**values))


def checked(config: Config) -> Config:
    """The config itself.

    Raises:
        FatalError: a value cannot work; the message names it.
    """
    sound = {
        f"generator is one of {', '.join(GENERATORS)}": config.generator in GENERATORS,
        "width is 0 (the paper's) to 256": 0 <= config.width <= 256,
        "dropout is 0 or more and below 1": 0 <= config.dropout < 1,
        "steps and batch size are 1 or more": min(config.steps, config.batch_size) >= 1,
        "epochs, seed and decay start are 0 or more": min(config.epochs, config.seed, config.decay_from) >= 0,
        "learning rate is above 0": 0 < config.learning_rate < float("inf"),
        "beta1 is 0 or more and below 1": 0 <= config.beta1 < 1,
        "lambda is 0 or more": 0 <= config.cycle_weight < float("inf"),
        "identity weight is 0 or more": 0 <= config.identity_weight < float("inf"),
    }
    for rule, holds in sound.items():
        if not holds:
            raise FatalError(f"this run cannot work: {rule}", ExitCode.USAGE)
    return config
