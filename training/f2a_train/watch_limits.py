"""When something is wrong with a run. docs/stability.md has the runs that these limits come from."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import inf, isnan
from typing import Any

from f2a_manifests import FatalError
from f2a_train.watch_look import Look

WARM_UP = 1000
"""Images of one domain that a run must have seen before faults count: at first no generator can do better."""
EARLY = 10_000
"""Images before which nothing counts as got worse: the first results, blurred photos, lie nearer to the reals
than the first drawn ones, which are noisy."""
LATE = 20_000
"""Images by which there must be faces at all, and more like drawings than the photos are."""
SMALL_KID = 5.0
"""No `kid_local` below twice this is bad, whatever it is compared with."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the watchdog knows of earlier looks; the checkpoint has it.

    Attributes:
        back: how often the run went back.
        streak: looks in a row at which something was wrong.
        best_kid: the lowest `kid_local` of a look at which nothing was wrong.
        best_faces: the highest `face_rate`.
        grown: whether that lowest one is of a look from `EARLY` on, and so a bar for later ones.
    """

    back: int = 0
    streak: int = 0
    best_kid: float = inf
    best_faces: float = 0.0
    grown: bool = False

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
        if min(values["back"], values["streak"]) < 0 or any(map(isnan, values.values())):
            raise FatalError("the watchdog's memory in this checkpoint cannot be true")
        return cls(**values)

    def after(self, look: Look, wrong: list[str]) -> "Memory":
        """With one more look: with any fault it cannot be the best, but early ones do not count."""
        if wrong:
            streak = self.streak + 1 if look.images >= WARM_UP else 0
            return replace(self, streak=streak)
        kid, faces = min(self.bar(look), look.kid_local), max(self.best_faces, look.face_rate)
        return Memory(self.back, 0, kid, faces, look.images >= EARLY)

    def bar(self, look: Look) -> float:
        """The lowest `kid_local` of the looks that this one may be compared with."""
        return self.best_kid if self.grown or look.images < EARLY else inf


LIMITS: dict[str, Callable[[Look, Memory], bool]] = {
    "all alike": lambda look, _: look.diversity < 0.3,
    "input ignored": lambda look, _: look.retrieval_edges < 0.6,
    "does nothing": lambda look, _: look.change < 0.05,
    "inverted": lambda look, _: look.tone < -0.3,
    "saturated": lambda look, _: look.saturation > 0.25,
    "faces lost": lambda look, memory: look.face_rate < memory.best_faces / 2 - 0.1,
    "no faces": lambda look, _: look.face_rate < 0.1 and look.images >= LATE,
    "got worse": lambda look, memory: (
        look.images >= EARLY and look.kid_local > 2 * max(memory.bar(look), SMALL_KID)
    ),
    "worse than nothing": lambda look, _: (
        look.images >= LATE and look.kid_local > max(look.untranslated, 2 * SMALL_KID)
    ),
    "remembers": lambda look, _: look.seen - look.unseen > 0.3,  # never with nothing held out: NaN
}
"""The name of each fault, and whether it is there."""


def faults(look: Look, memory: Memory) -> list[str]:
    """The names of what is wrong, in the order of `LIMITS`."""
    return [name for name, is_wrong in LIMITS.items() if is_wrong(look, memory)]
