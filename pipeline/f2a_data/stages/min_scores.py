"""The scores below which a detection is doubtful; each detector has its own scale."""

import math
from pathlib import Path
from typing import Self

from f2a_faces.detectors.registry import names
from f2a_manifests import ExitCode, FatalError

DEFAULTS = {"animeface": 0.95, "cascade": 1.5, "f2a": 0.8, "haar": 2.0, "mtcnn": 0.98}
"""docs/clean.md says how they were chosen; a detector without a limit has no doubtful faces."""


class MinScores(str):
    """Limits as a user writes them, ``f2a=0.9,haar=2``; those left out have their `DEFAULTS`."""

    __slots__ = ()
    METAVAR = "NAME=SCORE,..."
    names = staticmethod(names)

    @classmethod
    def read(cls, text: str, _folder: Path) -> Self:
        """Check the text.

        Raises:
            FatalError: it is not such a list.
        """
        scores = cls(text)
        try:
            limits = scores.limits()
        except ValueError:
            limits = {"": math.nan}
        if not all(name and math.isfinite(limit) for name, limit in limits.items()):
            raise FatalError(f"{text!r:.80} is not like f2a=0.9,haar=2", ExitCode.USAGE)
        return scores

    def limits(self) -> dict[str, float]:
        """The limit of each detector by its name."""
        pairs = (part.partition("=") for part in self.split(",") if part.strip())
        return DEFAULTS | {name.strip(): float(limit) for name, _, limit in pairs}


USUAL = MinScores()
"""The `DEFAULTS` alone."""
