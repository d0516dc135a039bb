"""The faces under review, in memory, and the decision about each."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from f2a_manifests import Decision, Record, Unit
from f2a_manifests.decisions import Decisions, Entry, box_of, source_of

CODES = (Decision.NONE, Decision.KEEP, Decision.DROP)


@dataclass(frozen=True, slots=True)
class ReviewFace:
    """A face row with the row of the image it was found in."""

    record: Record
    image: Record

    @property
    def flags(self) -> tuple[str, ...]:
        """The face's flags."""
        return self.record.flags


class Index:
    """All faces that are kept or were dropped in the review. Thread-safe.

    Attributes:
        faces: in the order of the manifests.
        codes: int8, one per face: the position of its decision in `CODES`.
    """

    def __init__(self, units: Iterable[Unit], log: Decisions) -> None:
        self.log = log
        self.faces = [
            ReviewFace(face, unit.image) for unit in units for face in unit.faces if _reviewable(face)
        ]
        self.codes = np.zeros(len(self.faces), np.int8)
        self._number = {face.record.id: number for number, face in enumerate(self.faces)}
        self._by_source: dict[str, list[int]] = defaultdict(list)
        for number, face in enumerate(self.faces):
            self._by_source[source_of(face.image)].append(number)
        self._lock = threading.Lock()
        self._match(log.sources & self._by_source.keys())

    def find(self, identifier: str) -> ReviewFace | None:
        """The face of a row id."""
        number = self._number.get(identifier)
        return None if number is None else self.faces[number]

    def decision(self, face: ReviewFace) -> Decision:
        """A face's current decision."""
        return CODES[self.codes[self._number[face.record.id]]]

    def same_image(self, face: ReviewFace) -> list[ReviewFace]:
        """The other faces of the same image row."""
        others = (self.faces[number] for number in self._by_source[source_of(face.image)])
        return [other for other in others if other.image is face.image and other is not face]

    def decide(self, identifiers: Sequence[str], decision: Decision) -> list[ReviewFace]:
        """Log one decision about some faces.

        Returns:
            The faces whose decision changed, also those in a second copy of the same image.

        Raises:
            KeyError: one id is unknown; nothing was decided.
            FatalError: the log could not be written; nothing was decided.
        """
        with self._lock:
            numbers = [self._number[identifier] for identifier in identifiers]
            changing = [number for number in numbers if CODES[self.codes[number]] is not decision]
            return self._settle(self.log.append([self._entry(number, decision) for number in changing]))

    def undo(self) -> list[ReviewFace] | None:
        """Undo the latest action.

        Returns:
            The faces whose decision changed: empty if they are no longer detected;
            None if there is nothing to undo.

        Raises:
            FatalError: the log could not be written; nothing was undone.
        """
        with self._lock:
            entries = self.log.undo()
            return self._settle(entries) if entries else None

    def _entry(self, number: int, decision: Decision) -> Entry:
        face, was = self.faces[number], CODES[self.codes[number]]
        source, box = source_of(face.image), box_of(face.record)
        return Entry(id=face.record.id, source=source, box=box, decision=decision, was=was)

    def _settle(self, entries: Sequence[Entry]) -> list[ReviewFace]:
        changed = self._match({entry.source for entry in entries} & self._by_source.keys())
        return [self.faces[number] for number in changed]

    def _match(self, sources: Iterable[str]) -> list[int]:
        """Bring the faces of some images in line with the log, and say which changed."""
        changed = []
        for source in sources:
            numbers = self._by_source[source]
            found = self.log.match(source, (box_of(self.faces[number].record) for number in numbers))
            for number in numbers:
                code = CODES.index(found[box_of(self.faces[number].record)])
                if code != self.codes[number]:
                    self.codes[number] = code
                    changed.append(number)
        return changed


def _reviewable(face: Record) -> bool:
    """Whether a face can be reviewed: it is kept, or was dropped in the review."""
    return face.kept or face.stage == "review"
