"""Retry weak results: translate the photo again, changed a little.

Which eyes a generator draws depends on small things: the mirrored photo, or one moved by a few pixels, often
gives two that match. Faces in hard or very bright light can come out without eyes, and a darker or more
evenly lit photo helps. The detector tells whether there is a face, and the symmetry of the eyes decides
between faces. Neither was used in the generator's training.
"""

import hashlib
import math
from collections.abc import Callable
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
"""Logit of the detector's score from which a result is a whole face."""
MATCHED = 0.88
"""`eyes.match` from which eyes are good as they are."""
WORST = 0.01
"""Lowest score that the detector reports."""
JUDGED, BORDER = 256, 48
"""Pixels to which a result is enlarged for the detector, and of the border that it gets on each side."""
MOVE = 0.04
"""Share of the side that a photo is moved by."""


class Quality(NamedTuple):
    """Of a result; the larger one is better.

    Attributes:
        face: logit of the detector's score, at most `GOOD`: beyond that the eyes decide.
        eyes: see `eyes.match`.
    """

    face: float
    eyes: float

    def reaches(self, other: "Quality") -> bool:
        """Whether neither is below the other's."""
        return self.face >= other.face and self.eyes >= other.eyes


class Result(NamedTuple):
    """A translated face, uint8, S x S x 3, and how good it is."""

    face: Pixels
    quality: Quality


class Change(NamedTuple):
    """One way to change a photo before it is translated; the result is changed back.

    Attributes:
        light: uint8, S x S x 3, to the same.
        mirrored: whether to mirror it.
        right, down: how far to move it, in shares of the side.
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
        """Change the result back; what was moved out of it is taken from the first result."""
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
"""Tried in turn until the eyes match: they keep the photo's colours."""
LIGHTS = (
    Change(darker),
    Change(evened),
    Change(evened, mirrored=True),
    Change(evened_to_middle),
)
"""Tried then, until there is a face: those that keep the photo's colours first."""
ATTEMPTS = (
    *((change, Quality(GOOD, MATCHED)) for change in MOVES),
    *((change, Quality(GOOD, -math.inf)) for change in LIGHTS),
)
"""All changes in turn, and the quality from which a result needs none."""


class Retrying:
    """A translator that retries weak results; see `f2a_translate.translator.Translator`.

    Args:
        translator: the one that does the work.

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
        """The translator's own."""
        return self._translator.card

    @property
    def digest(self) -> str:
        """Of the translator, the detector and the changes."""
        attempts = [(change.light.__name__, *change[1:], *enough) for change, enough in ATTEMPTS]
        parts = self._translator.digest, str(self._detector), str(attempts)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    def __call__(self, faces: Pixels) -> Pixels:
        """Translate, and retry where the result is hardly a face or its eyes do not match."""
        first = self._translator(faces)
        best = [Result(face, self._quality(face)) for face in first]
        for change, enough in ATTEMPTS:
            weak = [place for place, one in enumerate(best) if not one.quality.reaches(enough)]
            if not weak:
                continue
            again = self._translator(np.stack([change(faces[place]) for place in weak]))
            for place, made in zip(weak, again, strict=True):
                result = change.back(made, first[place])
                best[place] = max(best[place], Result(result, self._quality(result)), key=_quality)
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


def _quality(result: Result) -> Quality:
    return result.quality


def _moved(face: Pixels, right: float, down: float) -> Pixels:
    """Moved by whole pixels; the edge that comes in repeats the last pixels."""
    side = len(face)
    rows, columns = (np.arange(side) - round(share * side) for share in (down, right))
    return np.ascontiguousarray(face[rows.clip(0, side - 1)][:, columns.clip(0, side - 1)])


def _blended(result: Pixels, first: Pixels, right: float, down: float) -> Pixels:
    """The result, and over the edge that it lost, and as much beside it, more and more of the first one."""
    rows, columns = (_kept(len(result), share) for share in (down, right))
    share = (rows[:, None] * columns)[..., None]
    return np.asarray((share * result + (1 - share) * first).round(), np.uint8)


def _kept(side: int, share: float) -> npt.NDArray[np.float32]:
    """Weights of a moved result's rows or columns: 0 where it lost them, then rising to 1."""
    lost = abs(round(share * side))
    ramp = (np.arange(side, dtype=np.float32) - lost + 1) / (lost + 1)
    weights = ramp.clip(0, 1) if lost else np.ones(side, np.float32)
    return weights[::-1] if share > 0 else weights
