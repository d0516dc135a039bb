"""The limits from which a run has a fault; docs/stability.md says where they come from."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from f2a_manifests import FatalError
from f2a_train.engine.watch_evaluation import Evaluation

WARM_UP = 1000
"""Images of one domain before faults count: at first no generator can do better."""
EARLY = 4_000
"""Images of one domain from which results must not all be one face in each photo's colours."""
LATE = 40_000
"""Images of one domain from which results must look drawn."""
DRAWN = 0.25
"""Smallest `coverage` of results that look drawn. `kid_lite2` doubles in runs whose faces get better
(docs/lab/stability.md)."""
ALIKE = 0.8, 1.5
"""One face in each photo's colours: `spread` below the first, and `kid_lite2` above the second times the
photos' own. Noise has a high `kid_lite2`, too, but varies (docs/lab/metrics.md)."""
FILTERED = 0.22
"""Smallest `change` of results that are not the photos, or the photos with a weak filter (likewise)."""
NOT_DRAWN = "not drawn"
"""This fault is only reported: a run that has never drawn has no better state to roll back to, and slow
methods need more images (docs/lab/stability.md)."""
ABOUT_EQUAL = 0.75
"""Times the highest `coverage`: from here on, an evaluation is as good as the best. The metric does not order
good results as the eye does, and of equals the latest has been trained for the longest time."""

INVALID = (
    "the watchdog's memory in this checkpoint is invalid or from another version; "
    "`--init` with this checkpoint begins a new run with its generator"
)


@dataclass(frozen=True, slots=True)
class Memory:
    """The watchdog's state from earlier evaluations; stored in the checkpoint.

    Attributes:
        back: how often the run rolled back.
        streak: consecutive evaluations with a fault that counts.
        coverage: the highest of an evaluation without a fault.
    """

    back: int = 0
    streak: int = 0
    coverage: float = 0.0

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Memory":
        """Read it from an untrusted checkpoint; empty values are the initial memory.

        Raises:
            FatalError: the values are impossible.
        """
        values = values or asdict(cls())
        kinds = {name: type(value) for name, value in values.items()}
        if kinds != {name: type(value) for name, value in asdict(cls()).items()}:
            raise FatalError(INVALID)
        if min(values["back"], values["streak"]) < 0 or not 0 <= values["coverage"] <= 1:
            raise FatalError(INVALID)
        return cls(**values)

    def after(self, evaluation: Evaluation, wrong: list[str]) -> "Memory":
        """With one more evaluation: with any fault it cannot be the best, but not every fault counts."""
        if wrong:
            counts = evaluation.images >= WARM_UP and wrong != [NOT_DRAWN]
            return replace(self, streak=self.streak + 1 if counts else 0)
        return replace(self, streak=0, coverage=max(self.coverage, evaluation.coverage))

    def is_best(self, evaluation: Evaluation) -> bool:
        """Whether an evaluation without a fault is as good as any before it."""
        return evaluation.coverage >= ABOUT_EQUAL * self.coverage


def _are_one_face(evaluation: Evaluation) -> bool:
    spread, times = ALIKE
    worse = evaluation.kid_lite2 > times * evaluation.untranslated
    return worse and evaluation.spread < spread and evaluation.images >= EARLY


LIMITS: dict[str, Callable[[Evaluation, Memory], bool]] = {
    "mode collapse": lambda evaluation, _: evaluation.spread < 0.3 or _are_one_face(evaluation),
    "input ignored": lambda evaluation, _: evaluation.retrieval < 0.6,
    "identity mapping": lambda evaluation, _: evaluation.change < FILTERED,
    "inverted": lambda evaluation, _: max(evaluation.tone_rank_skin, evaluation.tone_rank_hair) < -0.3,
    "got worse": lambda evaluation, memory: evaluation.coverage < DRAWN and memory.coverage >= 2 * DRAWN,
    NOT_DRAWN: lambda evaluation, memory: (
        evaluation.coverage < DRAWN and evaluation.coverage <= memory.coverage and evaluation.images >= LATE
    ),
}
"""The name of each fault and its condition; a run that still gets better has not got the last."""


def faults(evaluation: Evaluation, memory: Memory) -> list[str]:
    """The names of the faults, in the order of `LIMITS`."""
    return [name for name, is_wrong in LIMITS.items() if is_wrong(evaluation, memory)]
