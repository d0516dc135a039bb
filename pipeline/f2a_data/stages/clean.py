"""``clean``: say what is doubtful about a face. People decide, in the review; nothing is dropped here."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from f2a_data import quality
from f2a_faces.crop import parse_rule, square
from f2a_faces.framing import face_in
from f2a_faces.images import ImageError, Pixels, decode
from f2a_manifests import REPAIRED, Box, Domain, ManifestError, Record, Unit, Workspace

_EYES = ("left_eye", "right_eye")
_EYE_RADIUS = 0.12  # half of what an anime eye takes of the face's box; a human eye takes less


@dataclass(frozen=True, slots=True)
class Clean:
    """Limits below which (``overlap``: above which) a face is flagged.

    Attributes:
        score_animeface: low_score: the score of faces found by animeface.
        score_cascade: low_score: by an anime cascade.
        score_haar: low_score: by OpenCV's cascade for human faces.
        score_mtcnn: low_score: by MTCNN.
        score_f2a: low_score: by the project's own detector.
        min_side: small: shorter side of the box in source pixels.
        border: border: room between the box and the image's border, as a share of the box's longer side.
        sharpness: blurred: `quality.sharpness`.
        contrast: flat: `quality.contrast`, grey levels.
        colour_spread: monochrome: `quality.colour_spread`.
        eye_contrast: no_eyes: `quality.patch_contrast` where the anime detector says that an eye is.
        overlap: overlap: area shared with another face of the image, over the area of both (IoU).
    """

    score_animeface: float = 0.95
    score_cascade: float = 1.5
    score_haar: float = 2.0
    score_mtcnn: float = 0.98
    score_f2a: float = 0.8
    min_side: int = 40
    border: float = 0.15
    sharpness: float = 0.45
    contrast: float = 80.0
    colour_spread: float = 4.0
    eye_contrast: float = 80.0
    overlap: float = 0.2

    name: ClassVar[str] = "clean"
    version: ClassVar[int] = 3
    owns: ClassVar[tuple[str, ...]] = ("flags",)

    def __call__(self, workspace: Workspace, unit: Unit) -> Unit:
        """Fill ``flags`` of the kept faces; a crop that cannot be read makes its row an error."""
        for face in unit.faces:
            if face.kept:
                self._flag(workspace, unit.image, face)
        for face in self._overlapping([face for face in unit.faces if face.kept]):
            face.flags = ";".join(sorted({*face.flags.split(";"), "overlap"} - {""}))
        return unit

    def _flag(self, workspace: Workspace, image: Record, face: Record) -> None:
        try:
            pixels = decode(workspace.file(face)).pixels
            flags = [*self._box_flags(image, face), *self._pixel_flags(image, face, pixels)]
            flags += [REPAIRED] if image.flags == REPAIRED else []
        except (ImageError, ManifestError, ValueError, ArithmeticError) as error:
            face.fail(self.name, str(error))
        else:
            face.flags = ";".join(sorted(flags))

    def _overlapping(self, faces: list[Record]) -> list[Record]:
        """The weaker face of each pair that overlaps."""
        pairs = combinations(sorted(faces, key=_strength), 2)
        return [weaker for weaker, other in pairs if _iou(weaker.box, other.box) > self.overlap]

    def _box_flags(self, image: Record, face: Record) -> Iterator[str]:
        limit = self._score_limit(face.detector)
        if limit is not None and face.score is not None and face.score < limit:
            yield "low_score"
        if min(face.box.w, face.box.h) < self.min_side:
            yield "small"
        # a box that came with the source is where the source put it, not a face that was found there
        if not face.detector.startswith("source:") and self._room(image, face.box) < self.border:
            yield "border"

    def _score_limit(self, detector: str) -> float | None:
        limits = {
            "animeface": self.score_animeface,
            "cascade": self.score_cascade,
            "haar": self.score_haar,
            "mtcnn": self.score_mtcnn,
            "f2a": self.score_f2a,
        }
        return limits.get(detector.split("-", maxsplit=1)[0])

    def _room(self, image: Record, box: Box) -> float:
        if not image.width or not image.height:
            return self.border
        gap = min(box.x, box.y, image.width - box.x - box.w, image.height - box.y - box.h)
        return gap / max(box.w, box.h, 1)

    def _pixel_flags(self, image: Record, face: Record, pixels: Pixels) -> Iterator[str]:
        luma = quality.grey(pixels)
        if quality.contrast(luma) < self.contrast:
            yield "flat"
        elif quality.sharpness(luma) < self.sharpness:  # of a flat crop it would measure the noise
            yield "blurred"
        if quality.colour_spread(pixels) < self.colour_spread:
            yield "monochrome"
        if not self._has_eyes(image, face, luma):
            yield "no_eyes"

    def _has_eyes(self, image: Record, face: Record, luma: Pixels) -> bool:
        """Look for a person's eyes anywhere, for drawn ones where the detector says that they are."""
        if face.detector.startswith("source:"):
            return True
        if face.domain is Domain.HUMAN:
            return quality.has_human_eyes(luma)
        if not face.landmarks or not image.width or not image.height:
            return True
        box = face_in(face.box, face.detector)
        left, top, side = square(box, image.width, image.height, parse_rule(face.crop_rule))
        scale = len(luma) / side
        radius = _EYE_RADIUS * face.box.w * scale
        eyes = [((x - left) * scale, (y - top) * scale) for x, y in _eyes(face.landmarks)]
        seen = [quality.patch_contrast(luma, x, y, radius) >= self.eye_contrast for x, y in eyes]
        return len(seen) == len(_EYES) and all(seen)


def _eyes(landmarks: str) -> list[tuple[float, float]]:
    """The eyes among ``name x y`` triples; raises ValueError where they are none."""
    triples = [landmark.split(" ") for landmark in landmarks.split(";")]
    if any(len(triple) != 3 for triple in triples):
        raise ValueError(f"landmarks {landmarks[:40]!r} are not 'name x y' joined by ';'")
    return [(float(x), float(y)) for name, x, y in triples if name in _EYES]


def _strength(face: Record) -> tuple[float, int, str]:
    return face.score if face.score is not None else 0.0, face.box.w * face.box.h, face.id


def _iou(one: Box, other: Box) -> float:
    width = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    height = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    shared = max(width, 0) * max(height, 0)
    return shared / max(one.w * one.h + other.w * other.h - shared, 1)
