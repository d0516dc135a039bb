"""Compare two crops by their pixels: a copy, a variant, or different.

If they differ as they are, one crop is aligned to the other: by template matching, then by an affine fit. One
function maps its colours to the other's. The remaining difference decides. A copy differs nowhere, or at the
border (a watermark). A variant differs in a part of the face (another expression) or in some of its colours.
Another face differs everywhere.
"""

from enum import Enum
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.cuts import SIDE, standard
from f2a_faces.images import Pixels

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_TEMPLATE = 54  # size of the template, in pixels, which leaves 5 px to each side
_SCALES = (1, 0.975, 1 / 0.975, 0.95, 1 / 0.95)
_CORRELATED = 0.8  # of the best place; copies have more
_FARTHEST = 4.0  # how much a fit may still move or scale, in pixels
_STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 1e-3)
_BORDER = 3  # pixels that JPEG and resampling change most
_ROUNDS, _OUTLIER = 4, 0.03  # iterations of the colour fit; residual with a weight of one half
_SAMPLE = 3  # fit them to every third pixel
_DARK, _LIGHT = 0.015, 0.985  # beyond these a colour may be clipped
_EDGE = 0.35  # pixels that an edge may still be off
_SPREAD = 0.25  # the usual deviation of a picture's colours, of 1
_MIDDLE = (slice(16, 53), slice(13, 51))  # eyes and mouth
_SEEN = 0.03  # a difference that can be seen, of 1


class Likeness(Enum):
    """The relation of two crops."""

    COPY = "copy"
    VARIANT = "variant"
    OTHER = "other"


class Difference(NamedTuple):
    """The remaining difference between two crops.

    Attributes:
        everywhere: the share of the crop with a visible difference, 0 to 1.
        middle: the largest difference at the eyes and the mouth, 0 to 1.
    """

    everywhere: float
    middle: float

    @property
    def likeness(self) -> Likeness:
        """The relation that the difference implies."""
        if self.everywhere <= MOST_OF_COPY and self.middle <= MIDDLE_OF_COPY:
            return Likeness.COPY
        return Likeness.VARIANT if self.everywhere <= MOST_OF_VARIANT else Likeness.OTHER


MOST_OF_COPY, MIDDLE_OF_COPY, MOST_OF_VARIANT = 0.08, 0.035, 0.2


def compare(one: Pixels, other: Pixels) -> Difference:
    """The difference of two crops after aligning them and mapping the colours.

    Args:
        one: uint8 (H, W, 3), sRGB.
        other: the same; mirror it first to compare with a mirrored copy.
    """
    one, other = standard(one), standard(other)
    smooth, as_it_is = (_smooth(np.asarray(crop / np.float32(255), np.float32)) for crop in (one, other))
    difference = _seen(np.abs(as_it_is - smooth), smooth, _inside() > 0)
    if difference.likeness is Likeness.COPY:  # as most copies are
        return difference
    grey, other_grey = _grey(one), _grey(other)
    place = _place(grey, other_grey)
    if place is None:
        return Difference(1.0, 1.0)
    laid, covered = _laid(other, _fitted(grey, other_grey, place))
    # clipped colours can be predicted from unclipped ones, but not the reverse
    return min(_difference(laid, smooth, covered), _difference(smooth, laid, covered))


def _grey(crop: Pixels) -> Floats:
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.float32)


def _place(one: Floats, other: Floats) -> Floats | None:
    """The position of one crop's middle in the other: an affine map (2, 3) of pixels, or None."""
    best, place = _CORRELATED, None
    for scale in _SCALES:
        begin = (SIDE - _TEMPLATE * scale) / 2
        cut = np.array([[scale, 0, begin + scale / 2 - 0.5], [0, scale, begin + scale / 2 - 0.5]], np.float32)
        template = cv2.warpAffine(
            one, cut, (_TEMPLATE, _TEMPLATE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        _, found, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(other, template, cv2.TM_CCOEFF_NORMED))
        if found > best:
            best, place = found, np.asarray(cv2.invertAffineTransform(cut), np.float32)
            place[:, 2] += x, y
    return place


def _fitted(one: Floats, other: Floats, place: Floats) -> Floats:
    """Refine the position by maximising the correlation (Evangelidis and Psarakis, 2008)."""
    try:
        every = np.ones(other.shape, np.uint8)
        _, found = cv2.findTransformECC(one, other, place.copy(), cv2.MOTION_AFFINE, _STEPS, every, 3)
    except cv2.error:  # it does not converge on featureless pictures
        return place
    corners = np.array([[0, 0, 1], [SIDE, 0, 1], [0, SIDE, 1], [SIDE, SIDE, 1]], np.float32).T
    fitted = np.asarray(found, np.float32)
    return fitted if np.abs((fitted - place) @ corners).max() <= _FARTHEST else place


def _laid(other: Pixels, place: Floats) -> tuple[Floats, Mask]:
    """The other crop, aligned and smoothed, 0 to 1; and the mask of the overlap, less a border."""
    flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (SIDE, SIDE)
    colours = other.astype(np.float32) / 255
    laid = cv2.warpAffine(colours, place, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(_inside(), place, size, flags=flags) * _inside() > 0.99
    return _smooth(np.asarray(laid, np.float32)), covered


@cache
def _inside() -> Floats:
    """1 where a crop's pixels count, 0 at its border."""
    inside = np.zeros((SIDE, SIDE), np.float32)
    inside[_BORDER:-_BORDER, _BORDER:-_BORDER] = 1
    return inside


def _smooth(picture: Floats) -> Floats:
    """Blur, chroma more than luma: JPEG halves the resolution of chroma."""
    light, red, blue = cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb))
    channels = [
        cv2.GaussianBlur(light, (0, 0), 1),
        *(cv2.GaussianBlur(one, (0, 0), 2) for one in (red, blue)),
    ]
    return np.asarray(cv2.cvtColor(cv2.merge(channels), cv2.COLOR_YCrCb2RGB), np.float32)


def _difference(source: Floats, target: Floats, covered: Mask) -> Difference:
    """The residual of the target given the source, relative to a picture's usual contrast."""
    wanted = target[covered]
    residual = np.zeros_like(target)
    residual[covered] = np.abs(wanted - _recoloured(source[covered], wanted))
    return _seen(residual, target, covered)


def _seen(residual: Floats, target: Floats, covered: Mask) -> Difference:
    """The visible part of the residual, in the whole crop and in its middle."""
    unexplained = np.maximum(_mean(residual) * covered - _EDGE * _slope(target), 0)
    contrast = max(_deviation(target, covered), _SPREAD / 4)
    difference = cv2.GaussianBlur(unexplained, (0, 0), 2) * (_SPREAD / contrast)
    return Difference(float((difference > _SEEN).mean()), float(difference[_MIDDLE].max()))


def _recoloured(source: Floats, target: Floats) -> Floats:
    """Source colours mapped to the target's by polynomials of degree two, robust to outliers: (N, 3)."""
    terms = _terms(source)
    sample = slice(None, None, _SAMPLE)
    mapped = terms @ np.stack([_fit(terms[sample], target[sample, channel]) for channel in range(3)], 1)
    return np.asarray(mapped.clip(0, 1), np.float32)


def _terms(colours: Floats) -> Floats:
    red, green, blue = colours.T
    one = np.ones_like(red)
    products = (red * red, green * green, blue * blue, red * green, green * blue, red * blue)
    return np.stack([one, red, green, blue, *products], 1)


def _fit(terms: Floats, target: Floats) -> Floats:
    """Coefficients of one channel, by iteratively reweighted least squares."""
    free = ((target > _DARK) & (target < _LIGHT)).astype(np.float32)
    least = np.eye(terms.shape[1], dtype=np.float32) * (1e-6 * len(terms))
    weights, fitted = free, least[0]
    for _ in range(_ROUNDS):
        weighted = (terms * weights[:, None]).T
        fitted = np.linalg.solve(weighted @ terms + least, weighted @ target)
        weights = free / (1 + ((target - (terms @ fitted).clip(0, 1)) / _OUTLIER) ** 2)
    return np.asarray(fitted, np.float32)


def _slope(picture: Floats) -> Floats:
    """The gradient of the colours, per pixel."""
    across, down = (cv2.Sobel(picture, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    return _mean(np.asarray(cv2.magnitude(across, down), np.float32))


def _deviation(picture: Floats, covered: Mask) -> float:
    """The standard deviation of the covered colours, as ``picture[covered].std()``, but ten times as fast."""
    mean, deviation = cv2.meanStdDev(picture, mask=covered.view(np.uint8))
    return float(np.sqrt((deviation**2 + (mean - mean.mean()) ** 2).mean()))


def _mean(channels: Floats) -> Floats:
    """The mean of three channels, as ``channels.mean(2)``, but four times as fast."""
    return np.asarray((channels[..., 0] + channels[..., 1] + channels[..., 2]) / np.float32(3), np.float32)
