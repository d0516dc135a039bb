"""Apply the boxes that were drawn in the review, which are decisions like others, see ADR 26."""

from collections.abc import Iterable, Mapping

from f2a_manifests import Box, BoxFrom, Reason, Record, Unit
from f2a_manifests.decisions import Decisions, box_of, source_of
from f2a_manifests.matching import SAME_FACE

STAGE = "crop"
"""The stage that applies them, and that removes them when it runs without them."""


def mend(units: Iterable[Unit], log: Decisions) -> None:
    """Add the drawn boxes of the log to each image, and drop the faces that they replace.

    Rows of boxes that were taken back are removed. It is idempotent.
    """
    for unit in units:
        if source_of(unit.image) in log.mended or any(_is_manual(face) for face in unit.faces):
            _mend(unit, log.drawn(source_of(unit.image)))


def is_mended(unit: Unit, log: Decisions) -> bool:
    """Whether an image's rows have exactly the drawn boxes of the log."""
    return {box_of(face) for face in unit.faces if _is_manual(face)} == log.drawn(
        source_of(unit.image)
    ).keys()


def drawn_face(image: Record, box: Box) -> Record:
    """The row of a drawn box. Its id differs from that of a detected face with the same box."""
    face = image.face(box, BoxFrom.MANUAL)
    face.id = f"{face.id}-manual"
    return face


def redrawn_as(box: Box, drawn: Mapping[Box, Box]) -> Box | None:
    """The drawn box for the same face as a box of the detector or the source; None if there is none."""
    for new, old in drawn.items():
        if max(box.overlap(new), box.overlap(old)) >= SAME_FACE:
            return new
    return None


def _mend(unit: Unit, drawn: Mapping[Box, Box]) -> None:
    found = [face for face in unit.faces if not _is_manual(face)]
    had, image = len(found) < len(unit.faces), unit.image
    if drawn and image.reason is Reason.NO_FACE:
        image.keep()
    if not image.kept:
        return
    for face in found:
        new = redrawn_as(box_of(face), drawn)
        if new and face.kept:
            face.drop(STAGE, Reason.REDRAWN, drawn_face(image, new).id)
    unit.faces = found + [drawn_face(image, box) for box in drawn]
    if had and not unit.faces:
        image.drop("detect", Reason.NO_FACE)


def _is_manual(face: Record) -> bool:
    return face.box_from is BoxFrom.MANUAL
