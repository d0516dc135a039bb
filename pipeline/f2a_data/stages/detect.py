"""Detect the faces in every image that came without boxes."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from f2a_engine.stages import UnitStage
from f2a_faces.detectors import F2A, Detector, DetectorText, find_faces, load
from f2a_faces.detectors.f2a import SECOND_PASS_SIDE
from f2a_faces.detectors.registry import parsed
from f2a_faces.images import ImageError
from f2a_manifests import REPAIRED, BoxFrom, Domain, Reason, Unit, Workspace
from f2a_manifests.options import ExistingFile


@dataclass(frozen=True, slots=True)
class Detect(UnitStage):
    """Detect the faces in every image.

    Images that came with boxes are skipped. Boxes are in pixels of the full image. An image without a
    face is dropped; one that cannot be decoded becomes an error row.

    Example: f2a-data detect --cascade lbpcascade_animeface.xml

    Attributes:
        detector: for illustrations.
        human_detector: for photos.
        cascade: OpenCV cascade file; implies --detector cascade.
        weights: your own network for the f2a detector.
        small_faces: a second pass for small faces: full-body drawings and crowds.
    """

    detector: DetectorText = F2A
    human_detector: DetectorText = F2A
    cascade: ExistingFile | None = None
    weights: ExistingFile | None = None
    small_faces: bool = False
    _loaded: dict[Domain, Detector] = field(init=False, compare=False)  # follows from the others

    name: ClassVar[str] = "detect"
    after: ClassVar[str] = ""
    version: ClassVar[int] = 3

    def __post_init__(self) -> None:
        """Load the detectors, so that errors appear before the first image."""
        texts = {Domain.ANIME: str(self.detector), Domain.HUMAN: str(self.human_detector)}
        if self.cascade and not any(parsed(text)[0] == "cascade" for text in texts.values()):
            texts[Domain.ANIME] = "cascade"
        loaded = {domain: load(text, **self._own(text, domain)) for domain, text in texts.items()}
        object.__setattr__(self, "_loaded", loaded)

    def __repr__(self) -> str:
        """The options, with the detectors' versions."""
        return f"Detect({', '.join(f'{detector!r} {detector}' for detector in self._loaded.values())})"

    def __call__(self, workspace: Workspace, unit: Unit) -> Unit:
        """Add a face row for each face; an image without any is dropped."""
        if unit.faces or not unit.image.kept:
            return unit
        detector = self._loaded[unit.image.domain]
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

    def _own(self, text: str, domain: Domain) -> dict[str, Any]:
        """The options for a detector that follow from this stage's options and the domain."""
        offered: dict[str, dict[str, Any]] = {
            "cascade": {"cascade": self.cascade},
            "f2a": {
                "kind": domain.value,
                "weights": self.weights,
                "close_side": SECOND_PASS_SIDE if self.small_faces else None,
            },
        }
        return {key: value for key, value in offered.get(parsed(text)[0], {}).items() if value}
