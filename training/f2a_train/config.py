"""What a person chooses for a run. The faces' size and crop rules come with the data instead."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import inf
from typing import Any

from f2a_manifests import ExitCode, FatalError
from f2a_train.choices import (
    AUGMENTATIONS,
    GENERATORS,
    LOSSES,
    PRECISIONS,
    UPSAMPLINGS,
    Architecture,
    Mode,
    Objective,
    Schedule,
)

DIRECTIONS = ("human2anime", "anime2human")
# "256 hidden units": the widest layers have 4 * 64 channels in the ResNet, 8 * 32 in the U-Net.
PAPER_WIDTH = {"resnet9": 64, "unet": 32}


@dataclass(frozen=True, kw_only=True)
class Config(Architecture, Objective, Schedule):
    """A run's choices; the defaults are the preset ``paper``.

    Attributes:
        precision: ``fp32``, or ``bf16`` where torch's autocast finds it safe; the weights stay fp32. ``auto``
            is settled when a run begins, see `f2a_train.machine.settled`.
        compile: let torch compile the networks, which takes minutes and makes each step of a ResNet faster.
        seed: of the weights, the order of the faces, the flips, the pool and all else that is random.
        human_source: use only human rows with this in their column ``source``.
    """

    precision: str = "fp32"
    compile: bool = False
    seed: int = 0
    human_source: str = ""

    def resolved(self, faces: int) -> "Config":
        """With the width and the number of steps filled in.

        Args:
            faces: how many the larger domain has.
        """
        steps = -(-self.epochs * faces // self.batch_size) if self.epochs else self.steps
        return replace(self, width=self.width or PAPER_WIDTH[self.generator], steps=steps, epochs=0)


PRESETS = {
    "paper": Config(),
    # docs/stability.md has the runs that speak for these, and those that spoke against others.
    "steady": Config(
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
        precision="auto",
    ),
}

WATCHDOG: dict[str, Mode] = {"paper": "warn", "steady": "act"}
"""What the watchdog does by default: the paper went on whatever happened."""


def from_preset(name: str, **changes: Any) -> Config:  # noqa: ANN401 -- each field has its own type
    """A preset with some fields changed; ``None`` leaves a field as it is.

    Raises:
        FatalError: there is no such preset, or a value cannot work.
        KeyError: there is no such field.
    """
    if name not in PRESETS:
        raise FatalError(f"unknown preset {name!r}; there are {', '.join(PRESETS)}", ExitCode.USAGE)
    types = _types()
    given = {key: types[key](value) for key, value in changes.items() if value is not None}
    return checked(replace(PRESETS[name], **given))


def from_dict(values: Mapping[str, Any]) -> Config:
    """The config that ``dataclasses.asdict`` made a mapping of, from a checkpoint.

    Raises:
        FatalError: fields are missing or unknown, or have wrong types or values.
    """
    if {name: type(value) for name, value in values.items()} != _types():
        raise FatalError("its configuration is not one that this version understands")
    return checked(Config(**values))


def _types() -> dict[str, type]:
    return {field.name: type(getattr(PRESETS["paper"], field.name)) for field in fields(Config)}


def checked(config: Config) -> Config:
    """The config itself.

    Raises:
        FatalError: a value cannot work; the message names it.
    """
    for rule, holds in (_one_of_those_known(config) | _within_bounds(config)).items():
        if not holds:
            raise FatalError(f"this run cannot work: {rule}", ExitCode.USAGE)
    return config


def _one_of_those_known(config: Config) -> dict[str, bool]:
    return {
        f"generator is one of {', '.join(GENERATORS)}": config.generator in GENERATORS,
        f"loss is one of {', '.join(LOSSES)}": config.loss in LOSSES,
        f"upsample is one of {', '.join(UPSAMPLINGS)}": config.upsample in UPSAMPLINGS,
        f"precision is one of {', '.join(PRECISIONS)}": config.precision in PRECISIONS,
        f"augment names some of {', '.join(AUGMENTATIONS)}": set(config.augmentations) <= set(AUGMENTATIONS),
    }


def _within_bounds(config: Config) -> dict[str, bool]:
    return {
        "width is 0 (the paper's) to 256": 0 <= config.width <= 256,
        "dropout is 0 or more and below 1": 0 <= config.dropout < 1,
        "steps and batch size are 1 or more": min(config.steps, config.batch_size) >= 1,
        "epochs, seed and decay start are 0 or more": min(config.epochs, config.seed, config.decay_from) >= 0,
        "learning rate is above 0": 0 < config.learning_rate < inf,
        "the discriminators' rate is 0 (the generators') or more": 0 <= config.discriminator_rate < inf,
        "beta1 is 0 or more and below 1": 0 <= config.beta1 < 1,
        "lambda is 0 or more": 0 <= config.cycle_weight < inf,
        "identity weight is 0 or more": 0 <= config.identity_weight < inf,
        "the identity loss ends at step 0 (never) or later": config.identity_until >= 0,
        "gradient penalty is 0 or more": 0 <= config.gradient_penalty < inf,
        "pool is 0 to 10,000": 0 <= config.pool <= 10_000,
        "half-life of the average is 0 or more": 0 <= config.ema_half_life < inf,
    }
