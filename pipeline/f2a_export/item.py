"""What is exported: a face's crop, or a source image with the boxes of its faces."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from f2a_manifests import Box, Domain, Reason, Record, Subset, Unit

_STILL_FACES = frozenset({Reason.TOO_SMALL, Reason.EXACT_COPY, Reason.NEAR_COPY, Reason.MIRRORED_COPY})
"""Why a real face may have been dropped; a detector should still learn it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One exported file.

    Attributes:
        row: the row whose file it is: a face's, or an image's.
        image: the source image's row.
        boxes: of the faces, in pixels of the source image, upright.
        split: where it goes; faces that have no split yet go to ``train``.
    """

    row: Record
    image: Record
    boxes: tuple[Box, ...]
    split: Subset

    @property
    def stem(self) -> str:
        """A name of 20 hex digits, always the same for a row.

        It cannot contain "train" or "test", which some loaders take for a split, nor a dot, which ends a key
        in a WebDataset.
        """
        return hashlib.sha256(self.row.id.encode()).hexdigest()[:20]


def faces_of(units: Iterable[Unit], domain: Domain | None) -> Iterator[Item]:
    """The kept faces that have a crop, of one domain or both."""
    for unit in units:
        for face in unit.faces:
            if face.kept and face.path and domain in (None, face.domain):
                yield Item(face, unit.image, _boxes([face]), _split(face))


def images_of(units: Iterable[Unit], domain: Domain | None) -> Iterator[Item]:
    """The source images with a kept face, of one domain or both.

    Their boxes are those of all faces, also of faces that were too small or copies of others: what is
    not marked counts as background. Faces of one image are always in one split.
    """
    for unit in units:
        kept = [face for face in unit.faces if face.kept]
        if kept and unit.image.kept and domain in (None, unit.image.domain):
            faces = [face for face in unit.faces if face.kept or face.reason in _STILL_FACES]
            yield Item(unit.image, unit.image, _boxes(faces), _split(kept[0]))


def _boxes(faces: Iterable[Record]) -> tuple[Box, ...]:
    return tuple(face.box for face in faces if face.box_x is not None)


def _split(face: Record) -> Subset:
    return face.split or Subset.TRAIN
