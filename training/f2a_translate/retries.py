"""Retry weak results: translate the photo again in other light.

Faces in hard or very bright light can come out without eyes. The detector notices them: it was not used in
the generator's training, and takes a few milliseconds. A mirrored, darker or more evenly lit photo often
gives a whole face; the result with the highest score is kept. Most faces are translated only once.
"""

import hashlib
import math
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces import detectors
from f2a_faces.detectors import Detector
from f2a_faces.images import Pixels
from f2a_translate.card import Card
from f2a_translate.translator import Translator

GOOD = 5.0
"""Logit of the detector's score from which a result is kept without a retry."""
WORST = 0.01
"""Lowest score that the detector reports."""
JUDGED, BORDER = 256, 48
"""Pixels to which a result is enlarged for the detector, and of the border that it gets on each side."""
DARKER = 1.5
"""Exponent for colours in [0, 1]."""
WINDOW = 0.25
"""Of a face's side: shades of this size and larger are evened."""
CONTRAST = 0.45
"""Standard deviation of lightness in [-1, 1] that every window is given."""
FLOOR = 0.1
"""Added to a window's standard deviation, so that noise in plain areas is not amplified."""
Floats = npt.NDArray[np.float32]


class Light(NamedTuple):
    """One way to change a photo before it is translated.

    Attributes:
        change: uint8, S x S x 3, to the same.
        mirrored: translate it mirrored, and mirror the result back.
    """

    change: Callable[[Pixels], Pixels]
    mirrored: bool = False


def as_it_is(face: Pixels) -> Pixels:
    """No change."""
    return face


def darker(face: Pixels) -> Pixels:
    """Every colour but black and white darker."""
    return _to_pixels((2 * ((_to_floats(face) + 1) / 2) ** DARKER - 1).astype(np.float32))


def evened(face: Pixels) -> Pixels:
    """Half of the shadows and highlights, and bright faces closer to mid-grey."""
    return _evened(face, min(0.0, float(_to_floats(face).mean())))


def evened_to_middle(face: Pixels) -> Pixels:
    """Likewise, and dark faces closer to mid-grey, too."""
    return _evened(face, 0.0)


LIGHTS = (
    Light(as_it_is, mirrored=True),
    Light(darker),
    Light(evened),
    Light(evened, mirrored=True),
    Light(evened_to_middle),
)
"""Tried in turn until a result is good: those that keep the photo's colours first."""


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
        """Of the translator, the detector and the lights."""
        parts = self._translator.digest, str(self._detector), str(GOOD), str(len(LIGHTS))
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    def __call__(self, faces: Pixels) -> Pixels:
        """Translate, and retry where the result is hardly a face."""
        made = self._translator(faces).copy()
        scores = np.array([self._score(face) for face in made])
        for light in LIGHTS:
            weak = np.flatnonzero(scores < GOOD)
            if not len(weak):
                break
            for place, result in zip(weak, self._again(faces[weak], light), strict=True):
                score = self._score(result)
                if score > scores[place]:
                    made[place], scores[place] = result, score
        return made

    def _again(self, faces: Pixels, light: Light) -> Pixels:
        changed = np.stack([light.change(face) for face in faces])
        if not light.mirrored:
            return self._translator(changed)
        return self._translator(np.ascontiguousarray(changed[:, :, ::-1]))[:, :, ::-1]

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


def _evened(face: Pixels, middle: float) -> Pixels:
    colours = _to_floats(face)
    lightness = colours.mean(axis=2)
    mean = _blurred(lightness)
    deviation = np.sqrt(_blurred((lightness - mean) ** 2))
    even = CONTRAST * (lightness - mean) / (deviation + FLOOR) + middle
    return _to_pixels(colours + (even - lightness)[..., None] / 2)


def _blurred(values: Floats) -> Floats:
    """Twice by a box, which is nearly a Gaussian's."""
    box = 2 * (int(WINDOW * len(values) / 2),)
    for _ in range(2):
        values = cv2.blur(values, box, borderType=cv2.BORDER_REPLICATE).astype(np.float32)
    return values


def _to_floats(face: Pixels) -> Floats:
    """To [-1, 1]."""
    return (face / np.float32(127.5) - 1).astype(np.float32)


def _to_pixels(colours: Floats) -> Pixels:
    """From [-1, 1], rounded; what is outside is clipped."""
    return ((colours.clip(-1, 1) + 1) * 127.5).round().astype(np.uint8)
