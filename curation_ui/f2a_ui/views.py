"""Filtered, ordered lists of faces to page through."""

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from f2a_ui.index import CODES, Index

FLAGGED = "*"
STATES = {"undecided": [0], "decided": [1, 2], "keep": [1], "drop": [2]}
"""Positions in `CODES` that a state lets pass."""
MAX_VIEWS = 16  # one of 100,000 faces takes 0.8 MB
Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a view shows; empty text lets everything pass."""

    flag: str = ""
    """`FLAGGED` for faces with any flag, or the name of one."""
    state: str = ""
    """One of `STATES`."""
    domain: str = ""


class Views:
    """The views of an index.

    A view's order does not change during the review, or faces would move
    between pages unseen: undecided first, then the least certain, then as in the manifests.
    """

    def __init__(self, index: Index) -> None:
        self._codes = index.codes
        self._domain = np.array([face.record.domain.value for face in index.faces], dtype=str)
        scores = (face.record.score for face in index.faces)
        self._score = np.array([np.inf if score is None else score for score in scores])
        self._by_flag: dict[str, list[int]] = defaultdict(list)
        for number, face in enumerate(index.faces):
            for flag in face.flags:
                self._by_flag[flag].append(number)
        self._views: dict[Filter, Numbers] = {}
        self._lock = threading.Lock()

    def flags(self, most: int = 100) -> list[tuple[str, int]]:
        """The commonest flags and how many faces have each."""
        return Counter({flag: len(numbers) for flag, numbers in self._by_flag.items()}).most_common(most)

    def domains(self) -> list[str]:
        """The domains that have faces."""
        return sorted(set(self._domain.tolist()))

    def view(self, wanted: Filter, *, refresh: bool = False) -> Numbers:
        """Positions in ``index.faces``, filtered and ordered as when the view was last refreshed."""
        with self._lock:
            if refresh or wanted not in self._views:
                self._views.pop(wanted, None)
                self._views[wanted] = self._sorted(self._mask(wanted))
            if len(self._views) > MAX_VIEWS:
                self._views.pop(next(iter(self._views)))
            return self._views[wanted]

    def counts(self, view: Numbers) -> dict[str, int]:
        """How many faces of a view are undecided, kept and dropped now."""
        undecided, keep, drop = np.bincount(self._codes[view], minlength=len(CODES)).tolist()
        return {"undecided": undecided, "keep": keep, "drop": drop}

    def _mask(self, wanted: Filter) -> npt.NDArray[np.bool_]:
        mask = np.ones(len(self._codes), bool)
        if wanted.flag:
            mask &= self._flagged(wanted.flag)
        if wanted.domain:
            mask &= self._domain == wanted.domain
        if wanted.state:
            mask &= np.isin(self._codes, STATES[wanted.state])
        return mask

    def _flagged(self, flag: str) -> npt.NDArray[np.bool_]:
        mask = np.zeros(len(self._codes), bool)
        for numbers in self._by_flag.values() if flag == FLAGGED else [self._by_flag.get(flag, [])]:
            mask[numbers] = True
        return mask

    def _sorted(self, mask: npt.NDArray[np.bool_]) -> Numbers:
        numbers = np.flatnonzero(mask)
        return numbers[np.lexsort((numbers, self._score[numbers], self._codes[numbers] > 0))]
