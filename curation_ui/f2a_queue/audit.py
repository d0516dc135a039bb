"""The random sample of a review, and the estimate for the faces that nobody has reviewed."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from f2a_queue.remaining import Estimate

Numbers = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
CONFIDENCE = 0.9
"""How often the interval of an `Estimate` holds the truth, at least."""


def estimate(unseen: int, sampled: int, bad: int) -> Estimate:
    """An estimate with an interval that holds for rare events.

    The interval is that of Clopper and Pearson (1934), which is never too narrow; with none bad among n drawn
    the upper end is about 3 / n, the "rule of three". Random samples of what was not retrieved are how recall
    is shown in e-discovery ("elusion": Roitblat 2007; Lewis, Yang and Frieder 2021, arXiv:2106.09871).

    Args:
        unseen: faces without a decision.
        sampled: faces drawn at random.
        bad: how many of those were dropped.
    """
    tail = (1 - CONFIDENCE) / 2
    least = float(betaincinv(bad, sampled - bad + 1, tail)) if bad else 0.0
    most = float(betaincinv(bad + 1, sampled - bad, 1 - tail)) if bad < sampled else 1.0
    likely = round(unseen * bad / sampled) if sampled else 0
    return Estimate(unseen, sampled, bad, likely, int(unseen * least), int(np.ceil(unseen * most)))


def random_order(keys: Iterable[str], seed: int) -> Numbers:
    """Positions of the keys in a random order, the same for the same keys and seed.

    A key keeps its place among the others when keys are added or taken away.
    """
    digests = [hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=16).digest() for key in keys]
    return np.array(sorted(range(len(digests)), key=digests.__getitem__), np.intp)


class Audit:
    """Which decisions were about faces drawn at random.

    A face was drawn if, when it was decided, it was the first in the random order without a decision. So
    each draw is random among the faces that were unseen then, however the others were chosen.

    Attributes:
        order: positions of all faces in the random order.
        drawn: by face.
    """

    def __init__(self, order: Numbers) -> None:
        self.order = order
        self.drawn: Mask = np.zeros(len(order), bool)
        self._decided: Mask = np.zeros(len(order), bool)
        self._rank = np.empty(len(order), np.intp)
        self._rank[order] = np.arange(len(order))
        self._next = 0  # rank of the first undecided face

    def decide(self, numbers: Sequence[int]) -> None:
        """Faces that were decided with one key press; those decided before do not count again."""
        now = {number for number in numbers if not self._decided[number]}
        self._decided[list(now)] = True
        while self._next < len(self.order) and self._decided[self.order[self._next]]:
            number = int(self.order[self._next])
            self.drawn[number] |= number in now
            self._next += 1

    def undo(self, numbers: Sequence[int]) -> None:
        """Faces that are undecided again."""
        for number in numbers:
            self._decided[number] = self.drawn[number] = False
            self._next = min(self._next, int(self._rank[number]))
