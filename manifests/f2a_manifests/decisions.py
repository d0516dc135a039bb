"""The decisions of the review: an append-only log that survives kill -9 and a new detection.

One JSON object per line; the newest line about a face counts, and nothing is rewritten:

    {"time": "2025-01-31T12:00:00Z", "action": 7, "undoes": 0, "id": "f00012",
     "source": "<sha256 of the image>", "box": [x, y, w, h], "decision": "drop", "was": "", "by": "anna"}

Lines of one key press share an ``action``; an undo appends lines that set each face to what
it ``was`` and name the action they undo. Several programs may append at a time. A face is identified by
its image's hash and its box, because row ids change with a new detection.

A line with ``replaces`` draws a box: that of a face instead of the box that it names, or of a missed face
where it names `NO_BOX`. Undoing the line takes the box away again. See `f2a_manifests.mending`.

A line with ``stands_for`` chooses its face among copies, one with ``apart_from`` says of which faces it is no
copy; both name faces as ``[source, box]``. One with ``tilt`` says to which side of the crop the head leans.
Undoing the line takes that back. See `f2a_manifests.regrouping` and `f2a_manifests.tilting`.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from f2a_manifests import Box, Decision, Reason, Record, Unit
from f2a_manifests.append_only import append_lines, only_writer, read_lines
from f2a_manifests.decision_lines import NO_BOX, Entry, FaceKey, entries, parse
from f2a_manifests.matching import pair

__all__ = ["NO_BOX", "Decisions", "Entry", "FaceKey", "apply", "box_of", "dropped", "entries", "source_of"]


class Decisions:
    """The log in memory. Safe to use from several threads, and beside other programs that append to it.

    Args:
        path: the file.
        name: of the user; `undo` takes back only decisions of this user, or without a name.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        self.path = path
        self.name = name
        self._latest: dict[str, dict[Box, Entry]] = {}  # by source
        self._drawn: dict[str, dict[Box, Box]] = {}  # by source: a box, and which it replaces
        self._words: dict[str, dict[tuple[int, Box], Entry]] = {}  # about copies and tilt, by source
        self._tilted: set[str] = set()  # sources
        self._undoable: dict[int, list[Entry]] = {}  # by action, oldest first
        self._last_action = 0
        self._lines, self._bytes = 0, 0  # of the file, in memory
        self._lock = threading.Lock()

    @classmethod
    def load(cls, path: Path, name: str = "") -> "Decisions":
        """Read a log; a missing file is an empty one, a last line torn by a kill is ignored.

        Raises:
            FatalError: the file cannot be read, or a complete line is no decision.
        """
        log = cls(path, name)
        log.refresh()
        return log

    def refresh(self) -> list[Entry]:
        """Read what other programs have appended since, and return these lines.

        Raises:
            FatalError: as `load`.
        """
        with self._lock:
            return self._refresh()

    @property
    def sources(self) -> frozenset[str]:
        """The hashes of the images with at least one line."""
        return frozenset(self._latest)

    @property
    def mended(self) -> frozenset[str]:
        """The hashes of the images in which a box was ever drawn."""
        return frozenset(self._drawn)

    def drawn(self, source_sha256: str) -> dict[Box, Box]:
        """The boxes drawn in an image, each with the detected one that it replaces, or `NO_BOX`."""
        drawn = self._drawn.get(source_sha256, {})
        later = set(drawn.values())
        return {box: _first(box, drawn) for box in drawn if box not in later}

    def replaced(self, source_sha256: str, box: Box) -> Box:
        """The box that a box was drawn for, also if that was undone; `NO_BOX` if none."""
        entry = self._latest.get(source_sha256, {}).get(box)
        return (entry.replaces if entry else None) or NO_BOX

    @property
    def words(self) -> list[Entry]:
        """The lines about copies and tilt that were not undone, the newest last; a merge mixes them."""
        return _by_time(entry for words in self._words.values() for entry in words.values())

    def words_about(self, source_sha256: str) -> list[Entry]:
        """Those about the faces of one image."""
        return _by_time(self._words.get(source_sha256, {}).values())

    @property
    def tilted(self) -> frozenset[str]:
        """The hashes of the images in which a face was ever said to be tilted or not."""
        return frozenset(self._tilted)

    def counts(self) -> Counter[Decision]:
        """The number of faces that are kept and dropped, without undecided ones."""
        lines = (entry for boxes in self._latest.values() for entry in boxes.values())
        return Counter(entry.decision for entry in lines if entry.decision)

    def get(self, source_sha256: str, box: Box) -> Decision:
        """What was decided about one face; see `match`."""
        return self.match(source_sha256, [box])[box]

    def match(self, source_sha256: str, boxes: Iterable[Box]) -> dict[Box, Decision]:
        """What was decided about the faces of one image; see `latest`."""
        found = self.latest(source_sha256, boxes)
        return {box: entry.decision if entry else Decision.NONE for box, entry in found.items()}

    def latest(self, source_sha256: str, boxes: Iterable[Box]) -> dict[Box, Entry | None]:
        """The newest line about each face of one image.

        A box in the log gets its own line. Any other box gets the line of the logged box that it overlaps
        most, with an IoU of at least 0.5, unless another face of the image has that one.
        """
        found: dict[Box, Entry | None] = dict.fromkeys(boxes)
        logged = self._latest.get(source_sha256, {})
        for box in found.keys() & logged.keys():
            found[box] = logged[box]
        for box, old in pair(found.keys() - logged.keys(), logged.keys() - found.keys()):
            found[box] = logged[old]
        return found

    def append(self, entries: Sequence[Entry]) -> list[Entry]:
        """Write decisions to disk as one action; when this returns they survive a power cut.

        Args:
            entries: what was decided; ``action``, ``undoes``, ``by`` and an empty ``time`` are filled in.

        Returns:
            The new lines, including those that others have appended meanwhile.

        Raises:
            FatalError: the disk is full or the folder is gone; nothing was written.
        """
        if not entries:
            return []
        with self._lock, only_writer(self.path):
            return self._refresh() + self._append(entries, undoes=0)

    def undo(self) -> list[Entry]:
        """Undo this user's latest action that has not been undone, also one of an earlier session.

        Faces with a later decision by somebody else are left as they are.

        Returns:
            As `append`; empty if there is nothing to undo.

        Raises:
            FatalError: as `append`.
        """
        with self._lock, only_writer(self.path):
            fresh = self._refresh()
            for action in reversed(self._undoable):
                mine = [entry for entry in self._undoable[action] if self._still_stands(entry)]
                if mine:
                    back = [replace(entry, time="", decision=entry.was, was=entry.decision) for entry in mine]
                    return fresh + self._append(back, undoes=action)
            return fresh

    def _still_stands(self, entry: Entry) -> bool:
        last = self._latest[entry.source][entry.box]
        return self._is_mine(last) and last.decision is entry.decision

    def _is_mine(self, entry: Entry) -> bool:
        return entry.by in ("", self.name)

    def _append(self, entries: Sequence[Entry], *, undoes: int) -> list[Entry]:
        now, action = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), self._last_action + 1
        stamped = (
            replace(entry, time=entry.time or now, action=action, undoes=undoes, by=self.name)
            for entry in entries
        )
        append_lines(self.path, [entry.line() for entry in stamped])
        return self._refresh()

    def _refresh(self) -> list[Entry]:
        lines = read_lines(self.path, self._bytes)
        fresh = []
        for line in lines:
            fresh.append(parse(self.path, self._lines + 1, line))
            self._lines, self._bytes = self._lines + 1, self._bytes + len(line) + 1
            self._remember(fresh[-1])
        return fresh

    def _remember(self, entry: Entry) -> None:
        self._latest.setdefault(entry.source, {})[entry.box] = entry
        if entry.replaces is not None:
            drawn = self._drawn.setdefault(entry.source, {})
            drawn.pop(entry.box, None)
            if not entry.undoes:
                drawn[entry.box] = entry.replaces
        if entry.says_more:
            words = self._words.setdefault(entry.source, {})
            words.pop((entry.undoes, entry.box), None)
            if not entry.undoes:
                words[entry.action, entry.box] = entry
        if entry.tilt is not None:
            self._tilted.add(entry.source)
        self._last_action = max(self._last_action, entry.action)
        if entry.undoes:
            self._undoable.pop(entry.undoes, None)
        elif self._is_mine(entry):
            self._undoable.setdefault(entry.action, []).append(entry)


def _by_time(lines: Iterable[Entry]) -> list[Entry]:
    return sorted(lines, key=lambda entry: (entry.time, entry.action))


def _first(box: Box, drawn: Mapping[Box, Box]) -> Box:
    """The first box that a box replaces, directly or through other drawn boxes."""
    seen = set[Box]()
    while box in drawn and box not in seen:
        seen.add(box)
        box = drawn[box]
    return box


def apply(units: Iterable[Unit], log: Path) -> None:
    """Set the column ``decision`` of every face, and drop the kept ones that were dropped in the review.

    Rows that an earlier stage dropped stay as they are.

    Raises:
        FatalError: the log cannot be read.
    """
    for face, decision in _decided(units, Decisions.load(log)):
        face.decision = decision
        if decision is Decision.DROP and face.kept:
            face.drop("review", Reason.DROPPED_IN_REVIEW)


def dropped(units: Iterable[Unit], log: Decisions) -> frozenset[str]:
    """The ids of the faces that were dropped in the review."""
    sources = log.sources
    known = (unit for unit in units if source_of(unit.image) in sources)  # few of a million
    return frozenset(face.id for face, decision in _decided(known, log) if decision is Decision.DROP)


def _decided(units: Iterable[Unit], log: Decisions) -> Iterator[tuple[Record, Decision]]:
    sources = log.sources
    for unit in units:
        source = source_of(unit.image)
        found = log.match(source, map(box_of, unit.faces)) if source in sources else {}
        yield from ((face, found[box_of(face)] if found else Decision.NONE) for face in unit.faces)


def source_of(image: Record) -> str:
    """The log's key of an image: the hash of its bytes, or its id if it was never read."""
    return image.sha256 or f"id:{image.id}"


def box_of(face: Record) -> Box:
    """A face's box; `NO_BOX` for a face that came without one."""
    return NO_BOX if face.box_x is None else face.box
