"""Filtered, ordered lists of faces."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from f2a_ui.index import CODES, Index
from f2a_ui.orders import Keys, Order
from f2a_ui.rows import ReviewFace

FLAGGED = "*"
STATES = {"undecided": [0], "decided": [1, 2], "keep": [1], "drop": [2]}
"""Positions in `CODES` that a state selects."""
Numbers = npt.NDArray[np.intp]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Filter:
    """The filter of a view; an empty field lets everything pass."""

    flag: str = ""
    """`FLAGGED` for faces with any flag, or the name of one."""
    state: str = ""
    """One of `STATES`."""
    domain: str = ""
    source: str = ""
    tags: str = ""
    """Words that must all be among the image's tags."""
    text: str = ""
    """Part of an id, a file's name, an artist, a tag or a flag, in any case."""
    least: float | None = None
    """The lowest score; faces without one do not pass."""
    most: float | None = None


class Views:
    """The views of an index: numbers of faces.

    Undecided ones come first; among them an order counts, then the order of the manifests.

    Args:
        index: the faces.
        orders: the ways to sort, by name.
    """

    def __init__(self, index: Index, orders: Mapping[str, Order]) -> None:
        self._index = index
        self._orders = orders
        self._known = _Columns(index.faces)

    @property
    def _columns(self) -> "_Columns":
        """Of all faces, also of those whose boxes were drawn meanwhile."""
        if self._known.count != len(self._index.faces):
            self._known = _Columns(self._index.faces)
        return self._known

    def flags(self, most: int = 100) -> list[tuple[str, int]]:
        """The commonest flags and how many faces have each."""
        return Counter({flag: len(numbers) for flag, numbers in self._columns.by_flag.items()}).most_common(
            most
        )

    def domains(self) -> list[str]:
        """The domains that have faces."""
        return sorted(set(self._columns.domain.tolist()))

    def sources(self) -> list[str]:
        """The sources that have faces."""
        return sorted(set(self._columns.source.tolist()))

    def orders(self) -> dict[str, str]:
        """The titles of the ways to sort, by name."""
        return {name: order.title for name, order in self._orders.items()}

    def view(self, wanted: Filter, order: str) -> Numbers:
        """Positions in ``index.faces``, filtered and ordered by what is decided now.

        Raises:
            KeyError: there is no such order.
        """
        return self.sorted(wanted, self._orders[order].keys(self._index.faces))

    def sorted(self, wanted: Filter, keys: Keys) -> Numbers:
        """As `view`, by a key for each of ``index.faces``, the smallest first."""
        mask = self._columns.passes(wanted) & self._in_state(wanted.state)
        mask[self._index.drawings.hidden] = False
        numbers = np.flatnonzero(mask)
        return numbers[np.lexsort((numbers, keys[numbers], self._index.codes[numbers] > 0))]

    def _in_state(self, state: str) -> _Mask:
        return np.isin(self._index.codes, STATES[state] if state else range(len(CODES)))


class _Columns:
    """What is filtered by, as one array per column."""

    def __init__(self, faces: list[ReviewFace]) -> None:
        self.count = len(faces)
        self.domain = np.array([face.record.domain.value for face in faces], dtype=str)
        self.source = np.array([face.image.source for face in faces], dtype=str)
        scores = (face.record.score for face in faces)
        self._score = np.array([np.nan if score is None else score for score in scores])
        self._tags = [face.image.tags for face in faces]
        self._text = [_searched(face) for face in faces]
        self.by_flag: dict[str, list[int]] = defaultdict(list)
        for number, face in enumerate(faces):
            for flag in face.flags:
                self.by_flag[flag].append(number)

    def passes(self, wanted: Filter) -> _Mask:
        """Which faces pass all but the state."""
        mask = np.ones(len(self._score), bool)
        if wanted.flag:
            mask &= self._flagged(wanted.flag)
        if wanted.domain:
            mask &= self.domain == wanted.domain
        if wanted.source:
            mask &= self.source == wanted.source
        if wanted.least is not None:
            mask &= self._score >= wanted.least
        if wanted.most is not None:
            mask &= self._score <= wanted.most
        if words := set(wanted.tags.split()):
            mask &= np.array([words.issubset(tags.split()) for tags in self._tags], bool)
        if part := wanted.text.casefold():
            mask &= np.array([part in text for text in self._text], bool)
        return mask

    def _flagged(self, flag: str) -> _Mask:
        mask = np.zeros(len(self._score), bool)
        for numbers in self.by_flag.values() if flag == FLAGGED else [self.by_flag.get(flag, [])]:
            mask[numbers] = True
        return mask


def _searched(face: ReviewFace) -> str:
    row, image = face.record, face.image
    return "\n".join((row.id, image.source_id, image.path, image.artist, image.tags, *row.flags)).casefold()
