"""``clean``: flag doubtful faces. The user decides in the review; nothing is dropped here."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from f2a_data.stages import quality
from f2a_data.stages.min_scores import USUAL, MinScores
from f2a_engine.stages import UnitStage
from f2a_faces.images import ImageError, Pixels, decode
from f2a_faces.wrong_crops import judge, sure
from f2a_manifests import (
    REPAIRED,
    Box,
    BoxFrom,
    Domain,
    ManifestError,
    Reason,
    Record,
    Unit,
    Workspace,
)
from f2a_manifests.decisions import Decisions
from f2a_manifests.tilting import FLAGS, tilts

_DRAWN = 1.2  # times the face: so large were the boxes of drawn faces on which the limits were set


@dataclass(frozen=True, slots=True)
class Clean(UnitStage):
    """Flag doubtful faces.

    They may be false detections or unusable. Nothing is dropped; you decide in the review. The options are
    limits below which (--overlap: above which) a face is flagged; docs/clean.md explains the flags.

    Example: f2a-data clean

    Attributes:
        min_score: score of a detected face, by its detector (low_score).
        min_side: shorter side of the box in source pixels (small).
        border: distance of the box from the image's border, as a share of the box's longer side (border).
        sharpness: strength of the sharpest edges, as a share of the contrast (blurred).
        contrast: grey levels between the darkest and the lightest percent (flat).
        colour_spread: how far the colours are from one tint (monochrome).
        overlap: IoU with another face of the image (overlap).
    """

    min_score: MinScores = USUAL
    min_side: int = 40
    border: float = 0.15
    sharpness: float = 0.45
    contrast: float = 80.0
    colour_spread: float = 4.0
    overlap: float = 0.2

    name: ClassVar[str] = "clean"
    after: ClassVar[str] = "dedup"
    version: ClassVar[int] = 5
    owns: ClassVar[tuple[str, ...]] = ("flags",)

    def prepare(self, workspace: Workspace, units: list[Unit]) -> None:
        """Take the flags of faces that a person marked as tilted in the review."""
        log = Decisions.load(workspace.decisions_log)
        for unit in units:
            tilted = tilts(unit, log)
            for face in unit.faces:
                face.flags = (tilted[face.id],) if face.id in tilted else ()

    def touched(self, workspace: Workspace) -> frozenset[str]:
        """Images of which the review says something about the tilt of faces."""
        return Decisions.load(workspace.decisions_log).tilted

    def __call__(self, workspace: Workspace, unit: Unit) -> Unit:
        """Fill ``flags`` of the kept faces; a crop that cannot be read makes its row an error."""
        for face in unit.faces:
            if face.kept:
                self._flag(workspace, unit.image, face)
        for face in self._overlapping([face for face in unit.faces if face.kept]):
            face.flags = tuple(sorted({*face.flags, "overlap"}))
        return unit

    def _flag(self, workspace: Workspace, image: Record, face: Record) -> None:
        try:
            pixels = decode(workspace.file(face)).pixels
            flags = [*self._box_flags(image, face), *self._pixel_flags(face, pixels)]
            flags += [flag for flag in face.flags if flag in FLAGS.values()]
            flags += [REPAIRED] if REPAIRED in image.flags else []
        except ImageError as error:
            face.fail_as(self.name, error)
        except (ManifestError, ValueError, ArithmeticError) as error:
            face.fail(self.name, Reason.BAD_ROW, str(error))
        else:
            face.flags = tuple(sorted(flags))

    def _overlapping(self, faces: list[Record]) -> list[Record]:
        """The weaker face of each pair that overlaps."""
        pairs = combinations(sorted(faces, key=_strength), 2)
        return [
            weaker
            for weaker, other in pairs
            if _judged_box(weaker).overlap(_judged_box(other)) > self.overlap
        ]

    def _box_flags(self, image: Record, face: Record) -> Iterator[str]:
        limit = self.min_score.limits().get(face.detector.partition("-")[0])
        if limit is not None and face.score is not None and face.score < limit:
            yield "low_score"
        box = _judged_box(face)
        if min(box.w, box.h) < self.min_side:
            yield "small"
        # a box from the source was not detected
        if not face.box_came_with_source and self._room(image, box) < self.border:
            yield "border"

    def _room(self, image: Record, box: Box) -> float:
        if not image.width or not image.height:
            return self.border
        gap = min(box.x, box.y, image.width - box.x - box.w, image.height - box.y - box.h)
        return gap / max(box.w, box.h, 1)

    def _pixel_flags(self, face: Record, pixels: Pixels) -> Iterator[str]:
        luma = quality.grey(pixels)
        if quality.contrast(luma) < self.contrast:
            yield "flat"
        elif quality.sharpness(luma) < self.sharpness:  # on a flat crop it would measure noise
            yield "blurred"
        if quality.colour_spread(pixels) < self.colour_spread:
            yield "monochrome"
        yield from sure(judge(pixels, face.domain.value))


def _judged_box(face: Record) -> Box:
    """The box that the limits apply to."""
    drawn = face.domain is Domain.ANIME and face.box_from is BoxFrom.DETECTED
    return face.box.scaled(_DRAWN) if drawn else face.box


def _strength(face: Record) -> tuple[float, int, str]:
    return face.score if face.score is not None else 0.0, face.box.w * face.box.h, face.id
