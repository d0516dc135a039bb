"""Find the faces of every image that did not come with them."""

from dataclasses import dataclass
from typing import ClassVar

from f2a_faces.detectors import Detection, Detector, find_faces
from f2a_faces.images import ImageError
from f2a_manifests import Domain, Record, Unit, Workspace


@dataclass(frozen=True, slots=True)
class Detect:
    """Options of ``detect``: one detector for each domain."""

    name: ClassVar[str] = "detect"
    version: ClassVar[int] = 1
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
            unit.image.fail(self.name, str(error))
            return unit
        unit.image.width, unit.image.height = decoded.width, decoded.height
        if not found:
            unit.image.drop(self.name, "no face found")
        faces = {face.box: _face(unit.image, face, str(detector)) for face in reversed(found)}
        return Unit(unit.image, list(reversed(faces.values())))


def _face(image: Record, found: Detection, detector: str) -> Record:
    x, y, w, h = found.box
    return Record(
        id=f"{image.id}-{x}-{y}-{w}-{h}",
        domain=image.domain,
        source=image.source,
        source_id=image.source_id,
        source_url=image.source_url,
        source_md5=image.source_md5,
        rating=image.rating,
        parent=image.id,
        box_x=x,
        box_y=y,
        box_w=w,
        box_h=h,
        detector=detector,
        score=found.score,
        landmarks=found.landmarks,
        group=image.group,
        source_split=image.source_split,
    )
