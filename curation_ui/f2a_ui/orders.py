"""What faces can be sorted by. The page offers every order listed here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from f2a_ui.rows import ReviewFace

Keys = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort.

    Attributes:
        title: what the page calls it.
        keys: one number for each face, the smallest first; called for every view.
    """

    title: str
    keys: Callable[[Sequence[ReviewFace]], Keys]


def _score(faces: Sequence[ReviewFace]) -> Keys:
    """The detector's score; faces that were not detected come last."""
    return np.array([np.inf if face.record.score is None else face.record.score for face in faces])


ORDERS = {
    "score": Order("least certain first", _score),
    "manifest": Order("as in the manifests", lambda faces: np.arange(len(faces), dtype=float)),
}
