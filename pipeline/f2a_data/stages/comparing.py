"""Compare the crops of pairs of faces by their pixels: in this process, or, of many faces, in several.

Threads would wait for each other most of the time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from f2a_engine.local import processes
from f2a_faces.cuts import INNER, Hashes, details, standard, unlike
from f2a_faces.images import ImageError, Pixels, decode
from f2a_faces.likeness import Difference, compare
from f2a_manifests import FatalError, ManifestError, Workspace
from f2a_manifests.cores import usable_cores

_MANY = 20_000  # faces; starting processes takes as long as comparing some hundred pairs
_HELD = 1024  # crops in memory, 12 KB each
_UNLIKE = Difference(1.0, 1.0)
_comparer: "Comparer"  # in a worker


class Files(NamedTuple):
    """A pair of crops.

    Attributes:
        better: the path of the better one in the workspace.
        worse: that of the other one.
        details: of each, as `f2a_faces.cuts.packed` stores them.
        mirrored: whether one of them is mirrored.
    """

    better: str
    worse: str
    details: tuple[bytes, bytes]
    mirrored: bool


class Comparer:
    """Compares pairs, and keeps the crops that it read last."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._pixels = lru_cache(_HELD)(self._read)
        self._details = lru_cache(_HELD)(self._read_details)

    def __call__(self, pair: Files) -> Difference:
        """How two crops differ; wholly if one cannot be read: ``clean`` says so in its row."""
        try:
            if self._unlike(pair):
                return _UNLIKE
            better, worse = self._pixels(pair.better), self._pixels(pair.worse)
        except (ImageError, ManifestError):
            return _UNLIKE
        return compare(better, np.ascontiguousarray(worse[:, ::-1]) if pair.mirrored else worse)

    def _unlike(self, pair: Files) -> bool:
        """Whether the details tell them apart. Of copies, the stored ones mostly say that they do not."""
        better, worse = (np.frombuffer(stored, "<u8").reshape(INNER + 1, -1) for stored in pair.details)
        if not unlike(better, worse, mirrored=pair.mirrored):
            return False
        return pair.mirrored or unlike(self._details(pair.better), worse, mirrored=False)

    def _read(self, path: str) -> Pixels:
        return standard(decode(self._workspace.file_at(path)).pixels)

    def _read_details(self, path: str) -> Hashes:
        return details(self._pixels(path))


@contextmanager
def comparing(
    workspace: Workspace, faces: int
) -> Iterator[Callable[[Sequence[Files]], Iterable[Difference]]]:
    """A function that compares pairs, in order.

    Args:
        workspace: where the crops are.
        faces: how many there are; of many, pairs are compared on all cores.
    """
    workers = usable_cores() if faces >= _MANY else 1
    if workers == 1:
        comparer = Comparer(workspace)
        yield lambda pairs: map(comparer, pairs)
        return
    with processes(workers, _start, workspace) as pool:

        def compared(pairs: Sequence[Files]) -> Iterator[Difference]:
            try:
                yield from pool.map(_compare, pairs, chunksize=-(-len(pairs) // workers) or 1)
            except BrokenProcessPool:
                raise FatalError(
                    "a worker process died, perhaps for lack of memory; run the command again"
                ) from None

        yield compared


def _start(workspace: Workspace) -> None:
    global _comparer  # noqa: PLW0603 -- what is read is kept from one pair to the next
    _comparer = Comparer(workspace)


def _compare(pair: Files) -> Difference:
    return _comparer(pair)
