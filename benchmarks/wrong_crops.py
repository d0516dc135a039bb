"""Right and wrong crops to train `train_wrong_crops.py` on, made from boxed images and from tidy crops.

A sample is a crop with one of `KINDS`: a face, nothing, a part of a face, or several faces. Several faces are
cut where two boxes are near, or composed: a second face is laid over a side of the first. So that the network
cannot learn from the seam, background and hair are laid over faces in the same way, and these stay right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from cutting import SIDE, centre, cut, face_disc, laid, seen, side_mask

from f2a_detector.degrade import degrade
from f2a_faces.images import Pixels
from f2a_manifests import Box

FACE, NOT_A_FACE, PART, SEVERAL = range(4)
KINDS = ("", "not_a_face", "part_of_a_face", "several_faces")
CROP = 1.75  # times the face's longer side: the crops of `ntu96`
TIDY = (0.22, 0.27, 0.56, 0.56)  # about where the face is in a tidy crop
TRIES = 100  # of one kind, before another one is made
Rng = np.random.Generator
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Picture:
    """An image with the boxes of its faces, and of what may be one."""

    pixels: Pixels
    faces: tuple[Box, ...]
    unsure: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes samples of one domain.

    Attributes:
        pictures: boxed images; may be empty.
        tidy: crops with one face in the middle each.
        rng: source of all randomness.
    """

    pictures: Sequence[Picture]
    tidy: Sequence[Pixels]
    rng: Rng

    def sample(self) -> tuple[Pixels, int]:
        """A crop, uint8 (`SIDE`, `SIDE`, 3), and the position of its kind in `KINDS`."""
        makers = {
            self.face: (0.36, FACE),
            self.covered: (0.12, FACE),
            self.composed: (0.14, SEVERAL),
            self.couple: (0.08, SEVERAL),
            self.strip: (0.12, SEVERAL),
            self.part: (0.10, PART),
        }
        if self.pictures:
            makers |= {self.neighbours: (0.14, SEVERAL), self.background: (0.24, NOT_A_FACE)}
        shares = np.array([share for share, _ in makers.values()])
        while True:
            make = list(makers)[self.rng.choice(len(makers), p=shares / shares.sum())]
            for _ in range(TRIES):
                if (crop := make()) is not None:
                    return degrade(crop, self.rng), makers[make][1]

    def face(self) -> Pixels | None:
        """One face, framed about as detectors do."""
        if not self.pictures or self.rng.random() < 0.5:
            pixels = self._tidy()
            return self._cut(pixels, 0.5 + self.rng.uniform(-0.04, 0.04, 2), self.rng.uniform(0.85, 1))
        picture, box = self._boxed()
        side = CROP * max(box.w, box.h) * self.rng.uniform(0.8, 1.3)
        x, y = centre(box) + self.rng.uniform((-0.12, -0.18), (0.12, 0.1)) * max(box.w, box.h)
        near = [other for other in (*picture.faces, *picture.unsure) if other != box]
        square = Box(round(x - side / 2), round(y - side / 2), round(side), round(side))
        if seen(box, square) < 0.92 or any(seen(other, square) > 0.06 for other in near):
            return None
        return cut(picture.pixels, square, self.rng)

    def background(self) -> Pixels | None:
        """A piece of an image without a face."""
        picture = self._one(self.pictures)
        height, width = picture.pixels.shape[:2]
        side = min(float(np.exp(self.rng.uniform(np.log(28), np.log(420)))), min(height, width) * 0.9)
        x, y = self.rng.uniform((-0.2 * side,) * 2, (width - 0.8 * side, height - 0.8 * side))
        square = Box(round(x), round(y), round(side), round(side))
        if any(seen(box, square) > 0.02 for box in (*picture.faces, *picture.unsure)):
            return None
        crop = cut(picture.pixels, square, self.rng)
        return crop if crop.std() > 12 or self.rng.random() < 0.1 else None

    def part(self) -> Pixels | None:
        """Much of a face is outside, and what is seen is large."""
        if not self.pictures or self.rng.random() < 0.4:
            pixels = self._tidy()
            side = len(pixels)
            picture, box = Picture(pixels, ()), Box(*(round(side * part) for part in TIDY))
        else:
            picture, box = self._boxed()
        longer = max(box.w, box.h)
        times, off = ((0.25, 0.48), 0.45) if self.rng.random() < 0.5 else ((0.6, 1.15), 1.0)
        side = round(CROP * longer * self.rng.uniform(*times))
        x, y = centre(box) + self.rng.uniform(-off, off, 2) * longer - side / 2
        square = Box(round(x), round(y), side, side)
        shown, near = seen(box, square), [other for other in picture.faces if other != box]
        large = shown * box.w * box.h > 0.12 * side * side
        within = seen(square, Box(0, 0, picture.pixels.shape[1], picture.pixels.shape[0])) > 0.85
        if not (0.15 < shown < 0.6 and large and within) or any(seen(one, square) > 0.03 for one in near):
            return None
        return cut(picture.pixels, square, self.rng)

    def neighbours(self) -> Pixels | None:
        """Two faces of one image, at least half of one and a fifth of the other."""
        picture, box = self._boxed()
        others = [other for other in picture.faces if other != box]
        if not others:
            return None
        other = min(others, key=lambda one: float(np.hypot(*(centre(one) - centre(box)))))
        side = round(CROP * max(box.w, box.h) * self.rng.uniform(0.8, 1.8))
        middle = centre(box) + self.rng.uniform(0, 0.6) * (centre(other) - centre(box))
        square = Box(round(middle[0] - side / 2), round(middle[1] - side / 2), side, side)
        small = max(other.w, other.h) < 0.12 * side
        if small or seen(box, square) < 0.5 or seen(other, square) < 0.2:
            return None
        return cut(picture.pixels, square, self.rng)

    def composed(self) -> Pixels | None:
        """A second face over a side of the first; much of both is seen."""
        return self._composed((0.15, 0.42), 0.4, 1, 0.35, 0)

    def couple(self) -> Pixels | None:
        """Two faces close together, as in a kiss, and both off the middle; about half of each is seen."""
        return self._composed((0.2, 0.5), 0.35, 0.9, 0.35, 0.5)

    def strip(self) -> Pixels | None:
        """A strip of a second face at the border."""
        return self._composed((0.3, 0.6), 0.15, 0.4, 0.5, 0)

    def _composed(
        self, away: tuple[float, float], least: float, most: float, left: float, between: float
    ) -> Pixels | None:
        """A second face over a side of the first.

        Args:
            away: range of the distance between the faces, in sides of the crop.
            least: how much of the second face is seen, at least.
            most: the same, at most.
            left: how much of the first is seen, at least.
            between: where the middle of the crop is, 0 on the first face, 1 on the second.
        """
        below, above = self.face(), self.face()
        if below is None or above is None:
            return None
        mask, angle = side_mask(self.rng)
        times = self.rng.uniform(0.75, 1.2)
        apart = np.array([np.cos(angle), np.sin(angle)]) * self.rng.uniform(*away) * SIDE
        move = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), self.rng.normal(0, 15), times)
        move[:, 2] += apart * (1 - between)
        back = np.c_[np.eye(2), -apart * between]  # what this uncovers is under the second face
        first, second = (cv2.warpAffine(face_disc(), how, (SIDE, SIDE)) for how in (back, move))
        shown = float((second * mask).sum() / (face_disc().sum() * times**2))
        kept = float((first * (1 - mask)).sum() / face_disc().sum())
        crop = laid(_reflected(below, back), _reflected(above, move), mask)
        return crop if least <= shown <= most and kept >= left else None

    def covered(self) -> Pixels | None:
        """Background or hair over a side of a face, of which most is seen."""
        below, above = self.face(), self._cover()
        mask, _ = side_mask(self.rng)
        left = float((face_disc() * (1 - mask)).sum() / face_disc().sum())
        return laid(below, above, mask) if below is not None and above is not None and left >= 0.7 else None

    def _cover(self) -> Pixels | None:
        if self.pictures and self.rng.random() < 0.6:
            return self.background()
        if (face := self.face()) is None:
            return None
        hair = cv2.resize(face[: round(0.28 * SIDE)], (SIDE, SIDE))
        return np.asarray(np.rot90(hair, self.rng.integers(4)), np.uint8)

    def _cut(self, pixels: Pixels, middle: np.ndarray, times: float) -> Pixels:
        side = round(len(pixels) * times)
        x, y = np.round(middle * pixels.shape[1::-1] - side / 2).astype(int).tolist()
        return cut(pixels, Box(x, y, side, side), self.rng)

    def _tidy(self) -> Pixels:
        return self._one(self.tidy)

    def _boxed(self) -> tuple[Picture, Box]:
        while not (picture := self._one(self.pictures)).faces:
            pass
        return picture, self._one(picture.faces)

    def _one(self, among: Sequence[T]) -> T:
        return among[int(self.rng.integers(len(among)))]


def _reflected(crop: Pixels, move: np.ndarray) -> Pixels:
    size = (SIDE, SIDE)
    return np.asarray(cv2.warpAffine(crop, move, size, borderMode=cv2.BORDER_REFLECT), np.uint8)
