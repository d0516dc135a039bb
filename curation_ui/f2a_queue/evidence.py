"""Numeric features of each face, known before anybody reviews it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from f2a_faces.second_look import FACTS, FOUND

Floats = npt.NDArray[np.float32]
NORMAL = 1.4826  # times the median deviation is the standard deviation of a normal distribution
SCORE, X, Y, SIDE, SECOND, THIRD = 0, 1, 2, 3, FACTS, 2 * FACTS
"""Places in a vector of `f2a_faces.second_look`."""
LEAST_SPREAD = np.array([0.3, 0.01, 0.01, 0.03, 1.0, 1.0], np.float32)
"""Smallest spread of a feature; in a clean set hardly any face deviates, and noise would count too much."""
WRONG = slice(FOUND.stop, FOUND.stop + 3)
"""Where it says that there is no face, part of one, or several; another style alone is not wrong."""
LEAST_WRONG = np.array([1.0, 1.0, 1.0], np.float32)
"""Least spread of `WRONG`, in logits."""
ONE, OTHERS = [0, 1, 2, 3, 6], [4, 5]
"""Columns of `Evidence.deviations`: about the best face that was found, about a second and a third."""
WEIGHT = 2.0  # of a deviation in `WRONG`, and of other faces, in how unusual a face is


@dataclass(frozen=True, slots=True)
class Evidence:
    """The features of N faces.

    Attributes:
        looks: float32 (N, `SIZE`) of `f2a_faces.second_look.look`; NaN where it is not known yet.
        scores: float32 (N,), the detector's score; NaN where there is none.
        flags: bool (N, F), one column for each flag.
        groups: int (N,); faces are compared within a group only: one domain, cropped by one rule.
    """

    looks: Floats
    scores: Floats
    flags: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.int_]

    def unusual(self) -> Floats:
        """How far each face is from most others: (N,), from 0 on, in standard deviations.

        Either the face itself is doubtful, or there are others. Others count more: many right crops show a
        face that is hard to detect, few show what looks like a second one. A flag counts by how rare it is.
        """
        found, wrong = np.split(np.maximum(self.deviations(), 0), [-len(LEAST_WRONG)], 1)
        face = found[:, ONE].max(1) + WEIGHT * wrong[:, :-1].max(1)
        others = found[:, OTHERS].max(1) + WEIGHT * wrong[:, -1]
        return np.asarray(np.maximum(face, WEIGHT * others) + self.flags @ _rarity(self.flags), np.float32)

    def columns(self) -> Floats:
        """What a model sees: (N, C), each column with a mean of 0 and a deviation of 1."""
        deviations = self.deviations()
        found = np.nan_to_num(self.looks[:, FOUND])
        every = [deviations, np.log1p(np.maximum(deviations, 0)), found, self.flags.astype(np.float32)]
        columns = np.concatenate(every, 1)
        return np.asarray((columns - columns.mean(0)) / (columns.std(0) + 1e-3), np.float32)

    def deviations(self) -> Floats:
        """By group: low scores, faces off their place or of another size, other faces, `WRONG`: (N, 10)."""
        count = len(LEAST_SPREAD) + 1 + len(LEAST_WRONG)
        facts = np.full((len(self.scores), count), np.nan, np.float32)
        for group in np.unique(self.groups):
            inside = self.groups == group
            looks, scores = self.looks[inside], self.scores[inside, None]
            wrong = _scaled(looks[:, WRONG], LEAST_WRONG)
            facts[inside] = np.c_[_facts(looks), _scaled(-scores, 1e-3), wrong]
        return np.asarray(np.nan_to_num(facts.clip(-20, 20)), np.float32)


def _rarity(flags: npt.NDArray[np.bool_]) -> Floats:
    """For each flag (F,): 2 if one face in 100 has it, 0.5 if a third do, 0 if all do."""
    shares = flags.sum(0) / max(len(flags), 1)
    return np.asarray(-np.log10(np.maximum(shares, 1 / max(len(flags), 1))), np.float32)


def _facts(looks: Floats) -> Floats:
    side = np.log(np.maximum(looks[:, SIDE], 0.05))
    offsets = [_off(looks[:, X]), _off(looks[:, Y]), _off(side)]
    facts = np.stack([-looks[:, SCORE], *offsets, looks[:, SECOND], looks[:, THIRD]], 1)
    return _scaled(facts, LEAST_SPREAD)


def _off(values: Floats) -> Floats:
    return np.asarray(np.abs(values - _median(values)), np.float32)


def _scaled(values: Floats, least: npt.ArrayLike) -> Floats:
    """Deviations from the median, in robust standard deviations."""
    away = values - _median(values)
    spread = NORMAL * _median(np.abs(away))
    return np.asarray(away / np.maximum(spread, least), np.float32)


def _median(values: Floats) -> Floats:
    known = values[~np.isnan(values).reshape(len(values), -1).any(1)]
    shape = values.shape[1:]
    return np.asarray(np.median(known, 0) if len(known) else np.zeros(shape), np.float32)
