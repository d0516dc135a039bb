"""The queue of one review: learns from its decisions in the background."""

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from f2a_faces.second_look import SIZE
from f2a_manifests import Domain, FatalError, Workspace
from f2a_manifests.decisions import Entry, box_of, entries, source_of
from f2a_queue.evidence import Evidence, Floats
from f2a_queue.looks import Looks
from f2a_queue.queue import DROP, UNDECIDED, Queue
from f2a_queue.remaining import Estimate
from f2a_ui.index import Index
from f2a_ui.rows import ReviewFace

SOON = 0.5  # seconds between two looks at what was decided
SEEN_AGAIN = 2000  # new vectors after which the queue is ordered by them


class Learner:
    """The queue over an index's faces; those whose boxes are drawn meanwhile are not in it.

    Attributes:
        remaining: whether the second detection is still to run on some crops.
    """

    def __init__(self, workspace: Workspace, index: Index) -> None:
        self._workspace, self._index = workspace, index
        self._faces: Sequence[ReviewFace] = tuple(index.faces)
        self._queue = Queue(self._evidence(), map(_key, self._faces))
        self._codes = np.zeros(len(self._faces), np.int8)
        self._lock, self._stop = threading.Lock(), threading.Event()
        self.remaining = True
        self._replay()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Run the second detection and learn, in two threads that end with the block."""
        threads = [threading.Thread(target=work, daemon=True) for work in (self._look, self._learn)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def keys(self, faces: Sequence[ReviewFace]) -> npt.NDArray[np.float64]:
        """Each face's place in the queue, for `orders.Order`; the decided ones and new boxes come last."""
        self.settle()
        order = self._queue.order()
        places = np.full(len(faces), np.inf)
        places[order] = np.arange(len(order))
        return places

    def alike(self, numbers: Sequence[int]) -> list[int]:
        """Undecided faces like some that were dropped."""
        self.settle()
        inside = [number for number in numbers if 0 <= number < len(self._faces)]
        return self._queue.alike(inside).tolist() if inside else []

    def farness(self, number: int) -> npt.NDArray[np.float64]:
        """Sort keys, the faces most like one of them first; those whose boxes are drawn meanwhile come last.

        Raises:
            IndexError: nothing is known about this face.
        """
        keys = np.full(len(self._index.faces), np.inf)
        keys[: len(self._faces)] = -self._queue.likeness(number)
        return keys

    def estimate(self) -> Estimate:
        """The estimate of bad faces among the undecided ones, from the random sample."""
        self.settle()
        return self._queue.estimate()

    def settle(self) -> bool:
        """Pass new decisions to the queue; whether there were any."""
        with self._lock:
            codes = self._index.codes[: len(self._faces)].copy()
            hidden = self._index.drawings.hidden
            codes[hidden[hidden < len(codes)]] = DROP  # its box was wrong, so it has been reviewed
            for code in np.unique(codes[codes != self._codes]).tolist():
                self._queue.decide(np.flatnonzero((codes != self._codes) & (codes == code)).tolist(), code)
            changed = bool((codes != self._codes).any())
            self._codes = codes
        return changed

    def _learn(self) -> None:
        while not self._stop.wait(SOON):
            if self.settle():
                self._queue.refit()

    def _look(self) -> None:
        try:
            for number, _ in enumerate(computed := self._computed(), start=1):
                if self._stop.is_set():
                    computed.close()
                    return
                if number % SEEN_AGAIN == 0:
                    self._queue.see(self._evidence())
        except FatalError:  # a full disk: the queue goes on with what it has
            pass
        self._queue.see(self._evidence())
        self._queue.refit()
        self.remaining = False

    def _computed(self) -> Generator[int, None, None]:
        for domain in Domain:
            rows = [face.record for face in self._faces if face.record.domain is domain]
            yield from Looks(self._workspace, domain).compute(rows)

    def _evidence(self) -> Evidence:
        rows = [face.record for face in self._faces]
        scores = np.array([np.nan if row.score is None else row.score for row in rows], np.float32)
        flags = sorted({flag for row in rows for flag in row.flags})
        flagged = np.array([[flag in row.flags for flag in flags] for row in rows], bool).reshape(
            len(rows), -1
        )
        groups = [(row.domain.value, row.crop_rule, row.detector.partition("-")[0]) for row in rows]
        _, group = np.unique(["\n".join(parts) for parts in groups], return_inverse=True)
        return Evidence(self._looks(), scores, flagged, group)

    def _looks(self) -> Floats:
        looks = np.full((len(self._faces), SIZE), np.nan, np.float32)
        for domain in Domain:
            here = [number for number, face in enumerate(self._faces) if face.record.domain is domain]
            if here:
                known = Looks(self._workspace, domain).known([self._faces[number].record for number in here])
                looks[here] = known
        return looks

    def _replay(self) -> None:
        """Decide in the order of the log, so that the random faces are known after a restart too."""
        number = {_key(face): number for number, face in enumerate(self._faces)}
        for _, action in groupby(entries(self._index.log.path), key=lambda entry: entry.action):
            told = (pair for entry in action for pair in _told(entry))
            for code, pairs in groupby(told, key=itemgetter(1)):
                found = [number[key] for key, _ in pairs if key in number]
                self._queue.decide(found, code)
                self._codes[found] = code
        self.settle()
        self._queue.refit()


def _key(face: ReviewFace) -> str:
    return f"{source_of(face.image)} {tuple(box_of(face.record))}"


def _told(entry: Entry) -> Iterator[tuple[str, int]]:
    """What a line of the log decides: keys of faces, and codes; a redrawn box was wrong."""
    yield f"{entry.source} {tuple(entry.box)}", ("", "keep", "drop").index(entry.decision)
    if entry.replaces is not None:
        yield f"{entry.source} {tuple(entry.replaces)}", DROP if entry.decision else UNDECIDED
