"""Detect the faces in every image that did not come with boxes."""

from dataclasses import dataclass
from typing import ClassVar

from f2a_faces.detectors import Detector, find_faces
from f2a_faces.images import ImageError
from f2a_manifests import REPAIRED, BoxFrom, Domain, Reason, Unit, Workspace


@dataclass(frozen=True, slots=True)
class Detect:
    """Options of ``detect``: one detector for each domain."""

    name: ClassVar[str] = "detect"
    version: ClassVar[int] = 3
    owns: ClassVar[tuple[str, ...]] = ()

    anime: Detector
    human: Detector

    def __repr__(self) -> str:
        """The options, with the detectors' versions."""
        return f"Detect({self.anime!r} {self.anime}, {self.human!r} {self.human})"

    def __call__(self, workspace: Workspace, unit: Unit) -> Unit:
        """Add a face row for each face; an image without any is dropped."""
        if unit.faces or not unit.image.kept:
            return unit
        detector = self.anime if unit.image.domain is Domain.ANIME else self.human
        try:
            decoded, found = find_faces(workspace.file(unit.image), detector)
        except ImageError as error:
            unit.image.fail_as(self.name, error)
            return unit
        unit.image.width, unit.image.height = decoded.width, decoded.height
        unit.image.flags = (REPAIRED,) if decoded.repaired else ()
        if not found:
            unit.image.drop(self.name, Reason.NO_FACE)
        # Of two detections with the same box, the one with the higher score.
        best = {face.box: face for face in reversed(found)}
        faces = (
            unit.image.face(face.box, BoxFrom.DETECTED, str(detector), face.score, face.landmarks)
            for face in reversed(best.values())
        )
        return Unit(unit.image, list(faces))
