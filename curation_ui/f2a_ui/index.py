"""The decisions about the faces under review, in memory."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import numpy as np

from f2a_manifests import Box, Decision, Reason, Record, Unit, mending
from f2a_manifests.decisions import NO_BOX, Decisions, Entry, box_of, source_of
from f2a_manifests.tilting import tilts
from f2a_ui.drawings import Drawings
from f2a_ui.rows import ReviewFace, Rows

CODES = (Decision.NONE, Decision.KEEP, Decision.DROP)


class Index:
    """All faces that are kept, or were dropped or redrawn in the review. Thread-safe.

    A face's number is its position in `faces`.

    Attributes:
        log: the decisions on disk.
        drawings: which faces are hidden, because their box was redrawn or undone.
        codes: int8, one per face: the position of its decision in `CODES`.
    """

    def __init__(self, units: Iterable[Unit], log: Decisions) -> None:
        self.log = log
        self._rows = Rows()
        self.drawings = Drawings(self._rows, log)
        rows = ((face, unit.image) for unit in units for face in unit.faces)
        self._rows.add(ReviewFace(face, image) for face, image in rows if _reviewable(face))
        self.codes = np.zeros(len(self.faces), np.int8)
        self._by: dict[int, str] = {}
        self._tilts: dict[int, str] = {}
        self._changes: list[int] = []
        self._lock = threading.Lock()
        self._match(log.sources)
        self._first = self.codes.copy()
        self._first_words = frozenset(log.words)

    @property
    def faces(self) -> list[ReviewFace]:
        """In the order of the manifests, then those whose boxes are drawn meanwhile."""
        return self._rows.faces

    def find(self, identifier: str) -> int | None:
        """The number of a row id."""
        return self._rows.find(identifier)

    def decision(self, number: int) -> Decision:
        """A face's current decision."""
        return CODES[self.codes[number]]

    def by(self, number: int) -> str:
        """The name of the person who decided; empty where there is none."""
        return self._by.get(number, "")

    def tilt(self, number: int) -> str:
        """The side to which a face was marked as tilted, "left" or "right"; empty for none."""
        return self._tilts.get(number, "")

    @property
    def version(self) -> int:
        """Grows with every change; see `since`."""
        return len(self._changes)

    def same_image(self, number: int) -> list[ReviewFace]:
        """The other faces of the same image row."""
        face = self.faces[number]
        others = (other for other in self._rows.of_source(source_of(face.image)) if other != number)
        shown = (self.faces[other] for other in others if self.drawings.instead(other) is None)
        return [other for other in shown if other.image is face.image]

    def decide(self, numbers: Sequence[int], decision: Decision) -> list[int]:
        """Log one decision about some faces.

        Returns:
            The faces whose decision changed, also those in a second copy of the same image.

        Raises:
            IndexError: one number is unknown; nothing was decided.
            FatalError: the log could not be written; nothing was decided.
        """
        with self._lock:
            self._settle(self.log.refresh())
            changing = [number for number in numbers if self.decision(number) is not decision]
            return self._settle(self.log.append([self._entry(number, decision) for number in changing]))

    def mark_tilted(self, numbers: Sequence[int], tilt: Literal["left", "right", ""]) -> list[int]:
        """Log to which side some faces are tilted; as `decide`."""
        with self._lock:
            self._settle(self.log.refresh())
            entries = [self._entry(number, self.decision(number)) for number in numbers]
            return self._settle(self.log.append([replace(entry, tilt=tilt) for entry in entries]))

    def draw(self, number: int, box: Box, *, redraw: bool) -> list[int]:
        """Log a box that a person drew; its face is kept.

        Args:
            number: the face whose box it replaces, or one in the same image.
            box: the box, in pixels of the upright source image.
            redraw: whether it replaces that face's box; if not, it adds a missed face.

        Returns:
            The faces that changed, as `decide`: the new one, and the one that it replaces.

        Raises:
            IndexError: the number is unknown.
            FatalError: the log could not be written; nothing was decided.
        """
        with self._lock:
            self._settle(self.log.refresh())
            face = self.faces[number]
            entry = Entry(
                id=mending.drawn_face(face.image, box).id,
                source=source_of(face.image),
                box=box,
                decision=Decision.KEEP,
                replaces=box_of(face.record) if redraw else NO_BOX,
            )
            return self._settle(self.log.append([entry]))

    def log_all(self, entries: Callable[[], list[Entry]]) -> list[int]:
        """Log the entries that a function returns once the log is up to date.

        Returns:
            As `decide`.

        Raises:
            FatalError: the log could not be written; nothing was decided.
        """
        with self._lock:
            self._settle(self.log.refresh())
            return self._settle(self.log.append(entries()))

    @contextmanager
    def up_to_date(self) -> Iterator[None]:
        """The log with the decisions of others, locked against changes by this process.

        Raises:
            FatalError: the log cannot be read.
        """
        with self._lock:
            self._settle(self.log.refresh())
            yield

    def undo(self) -> list[int] | None:
        """Undo the latest action of this person.

        Returns:
            The faces whose decision changed: empty if they are no longer detected;
            None if there is nothing to undo.

        Raises:
            FatalError: the log could not be written; nothing was undone.
        """
        with self._lock:
            self._settle(self.log.refresh())
            entries = self.log.undo()
            return self._settle(entries) if entries else None

    def since(self, version: int) -> tuple[int, list[int]]:
        """Changes since a version, also by other programs: the current version, and the faces.

        Raises:
            FatalError: the log cannot be read.
        """
        with self._lock:
            self._settle(self.log.refresh())
            return len(self._changes), list(dict.fromkeys(self._changes[max(version, 0) :]))

    def changed(self) -> Counter[Decision]:
        """How many faces have another decision than when the review began, by the one they have now."""
        now = self.codes[: len(self._first)]
        return Counter(CODES[code] for code in now[now != self._first].tolist())

    def drawn(self) -> int:
        """How many boxes were drawn in this review and count."""
        added = range(len(self._first), len(self.faces))
        return sum(self.drawings.instead(number) is None for number in added)

    def said(self) -> int:
        """How many decisions about copies and tilt were made in this review and count."""
        return len(frozenset(self.log.words) - self._first_words)

    def _entry(self, number: int, decision: Decision) -> Entry:
        face, was = self.faces[number], self.decision(number)
        source, box = source_of(face.image), box_of(face.record)
        return Entry(id=face.record.id, source=source, box=box, decision=decision, was=was)

    def _settle(self, entries: Sequence[Entry]) -> list[int]:
        changed = self._match({entry.source for entry in entries})
        self._changes += changed
        return changed

    def _match(self, sources: Iterable[str]) -> list[int]:
        """Update the faces of some images from the log; returns those that changed."""
        changed: list[int] = []
        for source in sources:
            changed += self.drawings.update(source)
            if more := len(self.faces) - len(self.codes):
                self.codes = np.append(self.codes, np.zeros(more, np.int8))
            changed += self._recode(source)
        return list(dict.fromkeys(changed))

    def _recode(self, source: str) -> list[int]:
        changed = []
        numbers = self._rows.of_source(source)
        tilted = self._tilted(source, numbers)
        found = self.log.latest(source, (box_of(self.faces[number].record) for number in numbers))
        for number in numbers:
            entry = found[box_of(self.faces[number].record)]
            code = CODES.index(entry.decision) if entry else 0
            self._by[number] = entry.by if entry else ""
            tilt = tilted.get(number, "")
            if code != self.codes[number] or tilt != self.tilt(number):
                self.codes[number], self._tilts[number] = code, tilt
                changed.append(number)
        return changed

    def _tilted(self, source: str, numbers: Sequence[int]) -> dict[int, str]:
        """By their numbers; several rows may be of one image's bytes."""
        found: dict[int, str] = {}
        images: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for number in numbers if source in self.log.tilted else ():
            images[self.faces[number].image.id][self.faces[number].record.id] = number
        for rows in images.values():
            faces = [self.faces[number] for number in rows.values()]
            unit = Unit(faces[0].image, [face.record for face in faces])
            found |= {
                rows[name]: flag.removeprefix("tilted_") for name, flag in tilts(unit, self.log).items()
            }
        return found


def _reviewable(face: Record) -> bool:
    """Whether a face can be reviewed: it is kept, or was dropped or redrawn in the review."""
    return face.kept or face.stage == "review" or face.reason is Reason.REDRAWN
