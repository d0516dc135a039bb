"""When something is wrong with a run. docs/stability.md says what these limits come from."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import inf, isnan
from typing import Any

from f2a_manifests import FatalError
from f2a_train.engine.watch_look import Look

WARM_UP = 1000
"""Images of one domain that a run must have seen before faults count: at first no generator can do better."""
LATE = 20_000
"""Images from which results must be nearer to drawn faces than photos; from twice as many, half as far."""
SMALL = 0.1
"""Times the photos' `kid_lite2`: no result below twice this is bad, whatever it is compared with."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the watchdog knows of earlier looks; the checkpoint has it.

    Attributes:
        back: how often the run went back.
        streak: looks in a row at which something was wrong.
        best_kid: the lowest `kid_lite2` of a look at which nothing was wrong.
    """

    back: int = 0
    streak: int = 0
    best_kid: float = inf

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Memory":
        """Take it out of a checkpoint, which may come from a stranger; empty values are no memory yet.

        Raises:
            FatalError: it cannot be true.
        """
        values = values or asdict(cls())
        kinds = {name: type(value) for name, value in values.items()}
        if kinds != {name: type(value) for name, value in asdict(cls()).items()}:
            raise FatalError("the watchdog's memory in this checkpoint cannot be true")
        if min(values["back"], values["streak"]) < 0 or isnan(values["best_kid"]):
            raise FatalError("the watchdog's memory in this checkpoint cannot be true")
        return cls(**values)

    def after(self, look: Look, wrong: list[str]) -> "Memory":
        """With one more look: with any fault it cannot be the best, but early ones do not count."""
        if wrong:
            return replace(self, streak=self.streak + 1 if look.images >= WARM_UP else 0)
        return replace(self, streak=0, best_kid=min(self.best_kid, look.kid_lite2))


LIMITS: dict[str, Callable[[Look, Memory], bool]] = {
    "all alike": lambda look, _: look.spread < 0.3,
    "input ignored": lambda look, _: look.retrieval < 0.6,
    "does nothing": lambda look, _: look.change < 0.05,
    "inverted": lambda look, _: max(look.tone_rank_skin, look.tone_rank_hair) < -0.3,
    "got worse": lambda look, memory: (
        look.kid_lite2 > 2 * max(memory.best_kid, SMALL * look.untranslated) and look.images >= WARM_UP
    ),
    "worse than nothing": lambda look, memory: (
        look.images >= LATE and look.kid_lite2 > look.untranslated and look.kid_lite2 >= memory.best_kid
    ),
    "not drawn": lambda look, memory: (
        look.images >= 2 * LATE
        and look.kid_lite2 > look.untranslated / 2
        and look.kid_lite2 >= memory.best_kid
    ),
}
"""The name of each fault, and whether it is there; the best look so far has none of the last two."""


def faults(look: Look, memory: Memory) -> list[str]:
    """The names of what is wrong, in the order of `LIMITS`."""
    return [name for name, is_wrong in LIMITS.items() if is_wrong(look, memory)]
