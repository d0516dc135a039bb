"""The limits from which a run has a fault; docs/stability.md says where they come from."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import inf, isnan
from typing import Any

from f2a_manifests import FatalError
from f2a_train.engine.watch_evaluation import Evaluation

WARM_UP = 1000
"""Images of one domain before faults count: at first no generator can do better."""
LATE = 20_000
"""Images from which results must be closer to drawn faces than photos; from twice as many, twice as close."""
SMALL = 0.4
"""Times the photos' `kid_lite2`: no result below twice this has got worse, whatever its best was. The metric
doubles in runs whose faces get better (docs/lab/stability.md)."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The watchdog's state from earlier evaluations; stored in the checkpoint.

    Attributes:
        back: how often the run rolled back.
        streak: consecutive evaluations with a fault.
        best_kid: the lowest `kid_lite2` of an evaluation without a fault.
    """

    back: int = 0
    streak: int = 0
    best_kid: float = inf

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Memory":
        """Read it from an untrusted checkpoint; empty values are the initial memory.

        Raises:
            FatalError: the values are impossible.
        """
        values = values or asdict(cls())
        kinds = {name: type(value) for name, value in values.items()}
        if kinds != {name: type(value) for name, value in asdict(cls()).items()}:
            raise FatalError("the watchdog's memory in this checkpoint is invalid")
        if min(values["back"], values["streak"]) < 0 or isnan(values["best_kid"]):
            raise FatalError("the watchdog's memory in this checkpoint is invalid")
        return cls(**values)

    def after(self, evaluation: Evaluation, wrong: list[str]) -> "Memory":
        """With one more evaluation: with any fault it cannot be the best, but early faults do not count."""
        if wrong:
            return replace(self, streak=self.streak + 1 if evaluation.images >= WARM_UP else 0)
        return replace(self, streak=0, best_kid=min(self.best_kid, evaluation.kid_lite2))


LIMITS: dict[str, Callable[[Evaluation, Memory], bool]] = {
    "mode collapse": lambda evaluation, _: evaluation.spread < 0.3,
    "input ignored": lambda evaluation, _: evaluation.retrieval < 0.6,
    "identity mapping": lambda evaluation, _: evaluation.change < 0.05,
    "inverted": lambda evaluation, _: max(evaluation.tone_rank_skin, evaluation.tone_rank_hair) < -0.3,
    "got worse": lambda evaluation, memory: (
        evaluation.kid_lite2 > 2 * max(memory.best_kid, SMALL * evaluation.untranslated)
        and evaluation.images >= WARM_UP
    ),
    "worse than nothing": lambda evaluation, memory: (
        evaluation.images >= LATE
        and evaluation.kid_lite2 > evaluation.untranslated
        and evaluation.kid_lite2 >= memory.best_kid
    ),
    "not drawn": lambda evaluation, memory: (
        evaluation.images >= 2 * LATE
        and evaluation.kid_lite2 > evaluation.untranslated / 2
        and evaluation.kid_lite2 >= memory.best_kid
    ),
}
"""The name of each fault and its condition; the best evaluation so far has none of the last two."""


def faults(evaluation: Evaluation, memory: Memory) -> list[str]:
    """The names of the faults, in the order of `LIMITS`."""
    return [name for name, is_wrong in LIMITS.items() if is_wrong(evaluation, memory)]
