"""Drawn boxes: which faces they add to the review, and which they hide."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from f2a_faces import crop
from f2a_manifests import Box, Record, mending
from f2a_manifests.decisions import Decisions, box_of, source_of
from f2a_ui.rows import ReviewFace, Rows

NOBODY = -1


class Drawings:
    """The boxes of a log, over the faces under review."""

    def __init__(self, rows: Rows, log: Decisions) -> None:
        self._rows = rows
        self._log = log
        self._instead: dict[int, int] = {}

    @property
    def hidden(self) -> npt.NDArray[np.intp]:
        """The faces that do not count, because their box was redrawn or undone."""
        return np.array(list(self._instead), np.intp)  # a list at once: other threads add to it

    def instead(self, number: int) -> int | None:
        """The face that replaces a hidden one, `NOBODY` if none does; None if it is not hidden."""
        return self._instead.get(number)

    def like(self, face: ReviewFace, box: Box) -> ReviewFace:
        """The row for a box in a face's image, with the crop rule of the other faces."""
        row = mending.drawn_face(face.image, box)
        rules = (other.record.crop_rule for other in self._alike(face))
        row.crop_rule = next(filter(_is_rule, rules), "") or str(crop.rule("default"))
        return ReviewFace(row, face.image)

    def update(self, source: str) -> list[int]:
        """Update the faces of an image from the log; returns those that were added, hidden or shown."""
        if source not in self._log.mended:
            return []
        drawn = self._log.drawn(source)
        changed = self._rows.add(list(self._new(source, drawn)))
        for number in self._rows.of_source(source):
            instead = self._standing_for(number, drawn)
            if instead != self._instead.pop(number, None):
                changed.append(number)
            if instead is not None:
                self._instead[number] = instead
        return changed

    def _new(self, source: str, drawn: Mapping[Box, Box]) -> Iterator[ReviewFace]:
        here = (self._rows.faces[number] for number in self._rows.of_source(source))
        for face in {face.image.id: face for face in here}.values():
            made = (self.like(face, box) for box in drawn)
            yield from (each for each in made if self._rows.find(each.record.id) is None)

    def _standing_for(self, number: int, drawn: Mapping[Box, Box]) -> int | None:
        face = self._rows.faces[number]
        box = box_of(face.record)
        if not face.is_drawn:
            new = mending.redrawn_as(box, drawn)
            return None if new is None else self._rows.find(mending.drawn_face(face.image, new).id)
        if box in drawn:
            return None
        return self._at(face.image, self._log.replaced(source_of(face.image), box), drawn)

    def _at(self, image: Record, box: Box, drawn: Mapping[Box, Box]) -> int:
        """The face that is shown after a drawn box was undone."""
        for number in self._rows.of_source(source_of(image)):
            face = self._rows.faces[number]
            if face.image is image and box_of(face.record) == box and (box in drawn or not face.is_drawn):
                return number
        return NOBODY

    def _alike(self, face: ReviewFace) -> Iterator[ReviewFace]:
        yield face
        yield from (other for other in self._rows.faces if other.image.domain is face.image.domain)


def _is_rule(text: str) -> bool:
    """Whether a cell names a crop rule; it may hold anything."""
    try:
        rule = crop.parse_rule(text)
        return rule == crop.rule(rule.name, rule.size) and rule.name != "whole"
    except ValueError:
        return False
