"""The settings that all methods share. The size and crop rules of the faces come with the data.

A method has a subclass with its own settings, and instances of it as presets. Each setting is declared once,
as `f2a_manifests.options` has it: the file of ``--config`` takes every one that is described, and the command
line those that most users change, marked `OPTION`.
"""

from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, Self

from msgspec import Meta

Mode = Literal["act", "warn", "off"]
"""What the watchdog does about a collapse: roll back, only report it, or not evaluate at all."""
Precision = Literal["auto", "fp32", "bf16"]
OPTION = {"option": True}
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Weight = Annotated[float, Meta(ge=0, le=1e9)]  # so that it is finite
Share = Annotated[float, Meta(ge=0, le=1)]


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings that every method has.

    Attributes:
        steps: batches to train. May be raised later.
        epochs: instead of steps: passes over the larger domain.
        batch_size: faces of each domain per step.
        learning_rate: Adam's learning rate.
        decay_from: decay the learning rate linearly to 0 from this step on; 0: never.
        ema_half_life: half-life of the generators' moving average, in images; 0: none.
        width: channels of the generator's first layer; 0 for the paper's.
        precision: of the networks. auto: bf16 if the machine has it.
        seed: same seed, same run.
        frontal_share: share of the drawings to train on, those whose eyes match best: they look straight
            ahead. Of up to 1,000 drawings all are used.
        frontal_from: step from which they are chosen; before it, all are used.
        human_source: only human rows of this source, e.g. celeba or fbp5500.
    """

    METHOD: ClassVar[str] = ""
    """Its name, as in `f2a_methods.METHODS`."""
    MAY_CHANGE: ClassVar[tuple[str, ...]] = ()
    """Settings that may change when a run continues: they change results by rounding at most."""

    steps: Annotated[int, Meta(ge=1, extra=OPTION)] = 100_000
    epochs: Count = 0
    batch_size: Annotated[int, Meta(ge=1, extra=OPTION)] = 1
    learning_rate: Annotated[float, Meta(gt=0, le=1, extra=OPTION)] = 2e-4
    decay_from: Count = 0
    ema_half_life: Weight = 0.0
    width: Annotated[int, Meta(ge=0, le=256)] = 0
    precision: Precision = "auto"
    seed: Count = 0
    frontal_share: Annotated[float, Meta(gt=0, le=1)] = 1.0
    frontal_from: Count = 0
    human_source: str = ""
    init: str = ""
    """SHA-256 of the file with the initial weights; empty: they are random."""

    @property
    def network(self) -> str:
        """The kind of generator, for display."""
        return self.METHOD

    @property
    def images_per_step(self) -> int:
        """A step sees a batch of each domain."""
        return 2 * self.batch_size

    def resolved(self, faces: int) -> Self:
        """A copy with ``epochs`` converted to steps.

        Args:
            faces: the number of faces in the larger domain.
        """
        steps = -(-self.epochs * faces // self.batch_size) if self.epochs else self.steps
        return replace(self, steps=steps, epochs=0)

    def rate(self, step: int) -> float:
        """The learning rate at a step. It depends on the step only, so the schedule has no state."""
        return self.learning_rate * self.decay(step)

    def decay(self, step: int) -> float:
        """The factor of all learning rates at a step: 1, then falling linearly to 0 at the last step."""
        if not self.decay_from or step < self.decay_from:
            return 1.0
        return (self.steps - step) / max(1, self.steps - self.decay_from)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, with the method's name; `f2a_methods.from_dict` takes them back."""
        return {"method": self.METHOD} | asdict(self)
