"""Retry weak results: translate the photo again, changed a little.

Small changes alter the eyes that a generator draws: the mirrored photo, or one shifted by some pixels, often
gives two that match. Faces in hard or very bright light can come out without eyes, and a darker or more
evenly lit photo helps. The detector, which the generator was not trained with, tells whether there is a face,
and the symmetry of the eyes decides between faces.
"""

import hashlib
import math
from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces import detectors, eyes
from f2a_faces.detectors import Detector
from f2a_faces.images import Pixels
from f2a_translate.card import Card
from f2a_translate.lights import as_it_is, darker, evened, evened_to_middle
from f2a_translate.translator import Translator

GOOD = 5.0
"""Smallest logit of the detector's score for a complete face."""
MATCHED = 0.9
"""Smallest `eyes.match` for eyes that need no retry."""
WORST = 0.01
"""Lowest score that the detector reports."""
JUDGED, BORDER = 256, 48
"""Size to which a result is enlarged for the detector, and width of the border on each side, in pixels."""
MOVE = 0.04
"""Shift of a photo, as a share of its side."""


class Quality(NamedTuple):
    """Quality of a result; larger is better.

    Attributes:
        face: logit of the detector's score, at most `GOOD`: beyond that the eyes decide.
        eyes: see `eyes.match`.
    """

    face: float
    eyes: float

    def reaches(self, other: "Quality") -> bool:
        """Whether both values are at least the other's."""
        return self.face >= other.face and self.eyes >= other.eyes


class Result(NamedTuple):
    """A translated face, uint8, S x S x 3, and how good it is."""

    face: Pixels
    quality: Quality


class Change(NamedTuple):
    """One way to change a photo before it is translated; the result is changed back.

    Attributes:
        light: changes the lighting of a uint8, S x S x 3 image.
        mirrored: whether to mirror it.
        right, down: how far to shift it, as shares of the side.
    """

    light: Callable[[Pixels], Pixels] = as_it_is
    mirrored: bool = False
    right: float = 0.0
    down: float = 0.0

    def __call__(self, face: Pixels) -> Pixels:
        """Change a photo: uint8, S x S x 3."""
        changed = self.light(face)
        return _moved(changed[:, ::-1] if self.mirrored else changed, self.right, self.down)

    def back(self, result: Pixels, first: Pixels) -> Pixels:
        """Undo the change on the result; pixels that were shifted out come from the first result."""
        behind = first[:, ::-1] if self.mirrored else first
        whole = _blended(_moved(result, -self.right, -self.down), behind, self.right, self.down)
        return whole[:, ::-1] if self.mirrored else whole


MOVES = (
    Change(mirrored=True),
    *(
        Change(mirrored=mirrored, right=right, down=down)
        for right, down in ((MOVE, 0.0), (-MOVE, 0.0), (0.0, MOVE), (0.0, -MOVE))
        for mirrored in (False, True)
    ),
)
"""Tried in turn until the eyes match; these keep the photo's colours."""
LIGHTS = (
    Change(darker),
    Change(evened),
    Change(evened, mirrored=True),
    Change(evened_to_middle),
)
"""Tried after `MOVES`, until a face is detected; those that change the colours least come first."""
ATTEMPTS = (
    *((change, Quality(GOOD, MATCHED)) for change in MOVES),
    *((change, Quality(GOOD, -math.inf)) for change in LIGHTS),
)
"""All changes in turn, each with the quality at which it is skipped."""


class Retrying:
    """A translator that retries weak results; see `f2a_translate.translator.Translator`.

    Args:
        translator: the wrapped translator.

    Raises:
        FatalError: the detector's weights are missing.
    """

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._detector: Detector = detectors.load(
            "f2a", kind=translator.card.target, max_side=JUDGED + 2 * BORDER, close_side=1, threshold=WORST
        )

    @property
    def card(self) -> Card:
        """The wrapped translator's card."""
        return self._translator.card

    @property
    def digest(self) -> str:
        """A hash of the translator, the detector and the changes."""
        attempts = [(change.light.__name__, *change[1:], *enough) for change, enough in ATTEMPTS]
        parts = self._translator.digest, str(self._detector), str(attempts)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    def __call__(self, faces: Pixels) -> Pixels:
        """Translate, and retry results without a clear face or with eyes that do not match."""
        first = self._translator(faces)
        best = [Result(face, self._quality(face)) for face in first]
        for change, enough in ATTEMPTS:
            weak = [place for place, one in enumerate(best) if not one.quality.reaches(enough)]
            if not weak:
                continue
            again = self._translator(np.stack([change(faces[place]) for place in weak]))
            for place, made in zip(weak, again, strict=True):
                result = change.back(made, first[place])
                best[place] = max(
                    best[place], Result(result, self._quality(result)), key=attrgetter("quality")
                )
        return np.stack([one.face for one in best])

    def _quality(self, face: Pixels) -> Quality:
        return Quality(min(self._score(face), GOOD), eyes.match(face))

    def _score(self, face: Pixels) -> float:
        """Logit of the highest detection score."""
        enlarged = cv2.resize(face, (JUDGED, JUDGED), interpolation=cv2.INTER_CUBIC)
        bordered = np.pad(enlarged, ((BORDER, BORDER), (BORDER, BORDER), (0, 0)), mode="edge").astype(
            np.uint8
        )
        surest = max(
            (found.score for found in detectors.find_faces(bordered, self._detector)[1]), default=WORST
        )
        return math.log((surest + 1e-6) / (1 - surest + 1e-6))


def _moved(face: Pixels, right: float, down: float) -> Pixels:
    """Shift by whole pixels; the border is replicated."""
    side = len(face)
    rows, columns = (np.arange(side) - round(share * side) for share in (down, right))
    return np.ascontiguousarray(face[rows.clip(0, side - 1)][:, columns.clip(0, side - 1)])


def _blended(result: Pixels, first: Pixels, right: float, down: float) -> Pixels:
    """The result, blended into the first one over the lost edge and a ramp of the same width."""
    rows, columns = (_kept(len(result), share) for share in (down, right))
    share = (rows[:, None] * columns)[..., None]
    return np.asarray((share * result + (1 - share) * first).round(), np.uint8)


def _kept(side: int, share: float) -> npt.NDArray[np.float32]:
    """Weights of a shifted result's rows or columns: 0 where they were lost, then rising to 1."""
    lost = abs(round(share * side))
    ramp = (np.arange(side, dtype=np.float32) - lost + 1) / (lost + 1)
    weights = ramp.clip(0, 1) if lost else np.ones(side, np.float32)
    return weights[::-1] if share > 0 else weights
