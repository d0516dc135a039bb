"""The decisions of the review: an append-only log that survives kill -9 and a new detection.

One JSON object per line; the newest line about a face counts, and nothing is rewritten:

    {"time": "2025-01-31T12:00:00Z", "action": 7, "undoes": 0, "id": "f00012",
     "source": "<sha256 of the image>", "box": [x, y, w, h], "decision": "drop", "was": ""}

Lines of one key press share an ``action``; an undo appends lines that set each face to what
it ``was`` and name the action they undo. A face is identified by its image's hash and its box, because row
ids change with a new detection.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from f2a_manifests import Box, Decision, FatalError, Reason, Record, Unit
from f2a_manifests.append_only import append_lines, read_lines
from f2a_manifests.matching import pair

NO_BOX = Box(0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log: what was decided about one face, and what had been decided before."""

    time: str = ""
    action: int = 0
    undoes: int = 0
    id: str
    source: str
    box: Box
    decision: Decision
    was: Decision = Decision.NONE


_LINE = msgspec.json.Decoder(Entry)


class Decisions:
    """The log in memory, and the only writer of its file. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._by_source: dict[str, dict[Box, Decision]] = {}
        self._undoable: dict[int, list[Entry]] = {}  # by action, oldest first
        self._last_action = 0
        self._lock = threading.Lock()

    @classmethod
    def load(cls, path: Path) -> "Decisions":
        """Read a log; a missing file is an empty one, a last line torn by a kill is ignored.

        Raises:
            FatalError: the file cannot be read, or a complete line is no decision.
        """
        log = cls(path)
        for number, line in enumerate(read_lines(path), start=1):
            log._remember(_parse(path, number, line))
        return log

    @property
    def sources(self) -> frozenset[str]:
        """The hashes of the images with at least one line."""
        return frozenset(self._by_source)

    def counts(self) -> Counter[Decision]:
        """How many faces are kept and dropped; undecided ones do not count."""
        values = (value for boxes in self._by_source.values() for value in boxes.values())
        return Counter(value for value in values if value)

    def get(self, source_sha256: str, box: Box) -> Decision:
        """What was decided about one face; see `match`."""
        return self.match(source_sha256, [box])[box]

    def match(self, source_sha256: str, boxes: Iterable[Box]) -> dict[Box, Decision]:
        """What was decided about the faces of one image.

        A box that stands in the log is answered from there. Each other box takes the decision of the
        logged box it overlaps most, from an IoU of 0.5 on, if no other face of the image has that one.
        """
        found = dict.fromkeys(boxes, Decision.NONE)
        logged = self._by_source.get(source_sha256, {})
        for box in found.keys() & logged.keys():
            found[box] = logged[box]
        for box, old in pair(found.keys() - logged.keys(), logged.keys() - found.keys()):
            found[box] = logged[old]
        return found

    def append(self, entries: Sequence[Entry]) -> list[Entry]:
        """Write decisions to disk as one action; when this returns they survive a power cut.

        Args:
            entries: what was decided; ``time``, ``action`` and ``undoes`` are filled in.

        Raises:
            FatalError: the disk is full or the folder is gone; nothing was decided.
        """
        with self._lock:
            return self._append(entries, undoes=0)

    def undo(self) -> list[Entry]:
        """Undo the latest action that has not been undone, also one of an earlier run.

        Returns:
            The lines that were appended; none when there is nothing to undo.

        Raises:
            FatalError: as `append`.
        """
        with self._lock:
            if not self._undoable:
                return []
            action, entries = next(reversed(self._undoable.items()))
            back = [replace(entry, decision=entry.was, was=entry.decision) for entry in entries]
            return self._append(back, undoes=action)

    def _append(self, entries: Sequence[Entry], *, undoes: int) -> list[Entry]:
        if not entries:
            return []
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        action = self._last_action + 1
        stamped = [replace(entry, time=now, action=action, undoes=undoes) for entry in entries]
        append_lines(self.path, [json.dumps(asdict(entry)) for entry in stamped])
        for entry in stamped:
            self._remember(entry)
        return stamped

    def _remember(self, entry: Entry) -> None:
        self._by_source.setdefault(entry.source, {})[entry.box] = entry.decision
        self._last_action = max(self._last_action, entry.action)
        if entry.undoes:
            self._undoable.pop(entry.undoes, None)
        else:
            self._undoable.setdefault(entry.action, []).append(entry)


def apply(units: Iterable[Unit], log: Path) -> None:
    """Set the column ``decision`` of every face, and drop the kept ones that a person dropped.

    Rows that an earlier stage dropped stay as they are.

    Raises:
        FatalError: the log cannot be read.
    """
    for face, decision in _decided(units, log):
        face.decision = decision
        if decision is Decision.DROP and face.kept:
            face.drop("review", Reason.DROPPED_IN_REVIEW)


def dropped(units: Iterable[Unit], log: Path) -> frozenset[str]:
    """The ids of the faces that a person has dropped.

    Raises:
        FatalError: the log cannot be read.
    """
    return frozenset(face.id for face, decision in _decided(units, log) if decision is Decision.DROP)


def _decided(units: Iterable[Unit], log: Path) -> Iterator[tuple[Record, Decision]]:
    decisions = Decisions.load(log)
    for unit in units:
        found = decisions.match(source_of(unit.image), map(box_of, unit.faces))
        yield from ((face, found[box_of(face)]) for face in unit.faces)


def source_of(image: Record) -> str:
    """What the log knows an image by: the hash of its bytes, or its id where they were never read."""
    return image.sha256 or f"id:{image.id}"


def box_of(face: Record) -> Box:
    """A face's box; `NO_BOX` for a face that came without one."""
    return NO_BOX if face.box_x is None else face.box


def _parse(path: Path, number: int, line: bytes) -> Entry:
    try:
        return _LINE.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FatalError(f"{path}, line {number}: not a decision ({error}); remove that line") from error
