"""The settings of a run that all methods share. The faces' size and crop rules come with the data.

A method has a subclass with its own settings, and instances of it as presets. Each setting is declared once:
the command line makes its options, the file of ``--config`` its keys, and `checked` its rules, from what
stands beside the default.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from math import inf
from typing import Any, ClassVar, Literal, Self

from f2a_manifests import ExitCode, FatalError

DIRECTIONS = ("human2anime", "anime2human")
PRECISIONS = ("auto", "fp32", "bf16")
KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
Mode = Literal["act", "warn", "off"]
"""What the watchdog does about a collapse: roll back, only report it, or not evaluate at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What stands beside a field's default.

    Attributes:
        help: a sentence for ``--help``; empty where a field repeats one of `Config`, or is not to be chosen.
        option: whether the command line has it too; a file has every choice.
        metavar: what the option takes, in one word; empty for its type.
        among: the values that a text may have; empty for any.
        several: whether the text may have any number of them, with commas between.
        low: the smallest value of a number.
        high: the largest.
        below: what it must stay below.
        above: likewise, above.
    """

    help: str
    option: bool = False
    metavar: str = ""
    among: tuple[str, ...] = ()
    several: bool = False
    low: float = 0
    high: float = inf
    below: float = inf
    above: float = -inf

    def holds(self, value: object) -> bool:
        """Whether a value of the right type can work."""
        if isinstance(value, str):
            values = names(value) if self.several else [value]
            return not self.among or set(values) <= set(self.among)
        assert isinstance(value, int | float)  # noqa: S101 -- for the type: fields have no other
        return self.low <= value <= self.high and self.above < value < self.below

    def rule(self, name: str) -> str:
        """What `holds` asks for, in words."""
        if self.among:
            return f"{name} {'names some' if self.several else 'is one'} of {', '.join(self.among)}"
        low = f"above {self.above:g}" if self.above > -inf else f"{self.low:g} or more"
        if self.high < inf:
            return f"{name} is {self.low:g} to {self.high:,g}"
        return f"{name} is {low}" + (f" and below {self.below:g}" if self.below < inf else "")


def choice(default: Any, about: str, **more: Any) -> Any:  # noqa: ANN401 -- as `field`
    """A field of a config.

    Args:
        default: of the method's first preset.
        about: `Choice.help`.
        more: the rest of `Choice`.
    """
    return field(default=default, metadata={"choice": Choice(help=about, **more)})


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings that every method has; see each field's help."""

    METHOD: ClassVar[str] = ""
    """Its name, as in `f2a_train.methods.METHODS`."""
    HARMLESS: ClassVar[tuple[str, ...]] = ()
    """Settings that may change when a run continues: they change the last digits at most."""

    steps: int = choice(100_000, "Batches to train; may be raised later.", option=True, low=1)
    epochs: int = choice(0, "Instead of steps: passes over the larger domain.", option=True, metavar="N")
    batch_size: int = choice(1, "Faces of each domain per step.", option=True, low=1)
    learning_rate: float = choice(2e-4, "Adam's.", option=True, above=0, below=inf)
    decay_from: int = choice(
        0, "Decay the learning rate linearly to 0 from this step on; 0: never.", option=True, metavar="STEP"
    )
    ema_half_life: float = choice(
        0.0, "Half-life of the generators' moving average; 0: none.", metavar="IMAGES", below=inf
    )
    width: int = choice(
        0, "Channels of the generator's first layer; 0 for the paper's.", option=True, high=256
    )
    precision: str = choice(
        "auto",
        "Of the networks' passes. auto: bf16 if the machine has it.",
        option=True,
        among=PRECISIONS,
    )
    seed: int = choice(0, "Same seed, same run.", option=True)
    human_source: str = choice(
        "", "Only human rows of this source, e.g. celeba or fbp5500.", option=True, metavar="NAME"
    )
    init: str = choice("", "")
    """SHA-256 of the file that the run's first weights are from; empty where they are random."""

    @property
    def network(self) -> str:
        """The kind of generator, for people to read."""
        return self.METHOD

    def resolved(self, faces: int) -> Self:
        """With the number of steps filled in.

        Args:
            faces: how many the larger domain has.
        """
        steps = -(-self.epochs * faces // self.batch_size) if self.epochs else self.steps
        return replace(self, steps=steps, epochs=0)

    def rate(self, step: int) -> float:
        """The learning rate at a step: a function of it, so there is no schedule state."""
        return self.learning_rate * self.decay(step)

    def decay(self, step: int) -> float:
        """What is left of every rate at a step: 1, falling to 0 at the last."""
        if not self.decay_from or step < self.decay_from:
            return 1.0
        return (self.steps - step) / max(1, self.steps - self.decay_from)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, with the method's name; `f2a_train.methods.from_dict` takes them back."""
        return {"method": self.METHOD} | asdict(self)


def names(text: str) -> list[str]:
    """The names in a text that has commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]


def choices(config: type[Config]) -> Iterator[tuple[str, type, Choice]]:
    """Each field's name, type, and what stands beside its default."""
    for each in fields(config):
        yield each.name, type(each.default), each.metadata["choice"]


def checked(config: Config) -> Config:
    """The config itself.

    Raises:
        FatalError: a value cannot work; the message names it.
    """
    for name, kind, rule in choices(type(config)):
        value = getattr(config, name)
        said = name.replace("_", " ")
        if type(value) is not kind:
            raise FatalError(f"this run cannot work: {said} is {KINDS[kind]}", ExitCode.USAGE)
        if not rule.holds(value):
            raise FatalError(f"this run cannot work: {rule.rule(said)}", ExitCode.USAGE)
    return config
