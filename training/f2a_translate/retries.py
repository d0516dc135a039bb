"""Retry weak results: translate the photo again, in another light.

Faces in hard or very bright light can come out without eyes, and a darker or more evenly lit photo helps. The
detector, which the generator was not trained with, tells whether there is a face.
"""

import hashlib
import math

import cv2
import numpy as np

from f2a_faces import detectors
from f2a_faces.detectors import Detector
from f2a_faces.images import Pixels
from f2a_translate.card import Card
from f2a_translate.lights import darker, evened, evened_to_middle
from f2a_translate.translator import Translator

GOOD = 5.0
"""Smallest logit of the detector's score for a complete face."""
WORST = 0.01
"""Lowest score that the detector reports."""
JUDGED, BORDER = 256, 48
"""Size to which a result is enlarged for the detector, and width of the border on each side, in pixels."""
LIGHTS = (darker, evened, evened_to_middle)
"""Tried in turn until a face is detected; those that change the colours least come first."""


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
        """A hash of the translator, the detector and the lights."""
        lights = [light.__name__ for light in LIGHTS]
        parts = self._translator.digest, str(self._detector), str(lights), str(GOOD)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    def __call__(self, faces: Pixels) -> Pixels:
        """Translate, and retry results without a clear face; of each face the best result stays."""
        best = self._translator(faces)
        scores = np.array([self._score(face) for face in best])
        for light in LIGHTS:
            weak = np.flatnonzero(scores < GOOD)
            if not len(weak):
                break
            again = self._translator(np.stack([light(faces[place]) for place in weak]))
            for place, result in zip(weak, again, strict=True):
                if (score := self._score(result)) > scores[place]:
                    best[place], scores[place] = result, score
        return best

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
