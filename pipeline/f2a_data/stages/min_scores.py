"""The scores below which a detection is doubtful; each detector has its own scale."""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Self

from f2a_faces.detectors.registry import names
from f2a_manifests import ExitCode, FatalError

DEFAULTS = {"animeface": 0.95, "cascade": 1.5, "f2a": 0.8, "haar": 2.0, "mtcnn": 0.98}
"""How they were chosen is in docs/clean.md. Faces of other detectors are never flagged."""


class MinScores(str):
    """Limits as on the command line, ``f2a=0.9,haar=2``; other detectors have their `DEFAULTS`."""

    __slots__ = ()
    METAVAR = "NAME=SCORE,..."
    names = staticmethod(names)

    @classmethod
    def read(cls, text: str, _folder: Path) -> Self:
        """Check the text.

        Raises:
            FatalError: the format is wrong.
        """
        scores = cls(text)
        try:
            limits = scores.limits()
        except ValueError:
            limits = {"": math.nan}
        if not all(name and math.isfinite(limit) for name, limit in limits.items()):
            raise FatalError(f"{text!r:.80} is not like f2a=0.9,haar=2", ExitCode.USAGE)
        return scores

    def limits(self) -> Mapping[str, float]:
        """The limit of each detector by its name; parsed once."""
        return _parse(self)


@cache
def _parse(text: str) -> Mapping[str, float]:
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return DEFAULTS | {name.strip(): float(limit) for name, _, limit in pairs}


USUAL = MinScores()
"""No changes to the `DEFAULTS`."""
