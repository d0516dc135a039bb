"""The crops of some faces: their hashes, and how two of them differ."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from f2a_data.stages.copies import Pair
from f2a_faces.cuts import Hashes, cuts, hashes, standard
from f2a_faces.images import ImageError, Pixels, decode
from f2a_faces.likeness import Difference, compare
from f2a_manifests import ManifestError, Record, Workspace
from f2a_manifests.cores import usable_cores

_BATCH = 1000  # faces that are waited for at a time
_HELD = 4096  # crops in memory, 12 KB each


class Crops:
    """Faces whose crops can be compared: those that can be read and are no flat area.

    Attributes:
        faces: the comparable ones, in the order given.
        hashes: uint64 (N, cuts), theirs; see `f2a_faces.cuts`.
    """

    def __init__(self, workspace: Workspace, faces: Sequence[Record]) -> None:
        self._workspace = workspace
        self._pixels = lru_cache(_HELD)(self._read)
        every, known = self._hashed(faces)
        self.faces = [face for face, one in zip(faces, known.tolist(), strict=True) if one]
        self.hashes = every if known.all() else every[known]

    def difference(self, pair: Pair) -> Difference:
        """How the crops of two faces differ."""
        better, worse = self._pixels(pair.better), self._pixels(pair.worse)
        return compare(better, np.ascontiguousarray(worse[:, ::-1]) if pair.mirrored else worse)

    def _read(self, position: int) -> Pixels:
        return standard(decode(self._workspace.file(self.faces[position])).pixels)

    def _hashed(self, faces: Sequence[Record]) -> tuple[Hashes, npt.NDArray[np.bool_]]:
        """The hashes of all faces, and which of them have some."""
        every, known = np.zeros((len(faces), len(cuts())), np.uint64), np.zeros(len(faces), np.bool_)
        with ThreadPoolExecutor(usable_cores()) as threads:
            for start in range(0, len(faces), _BATCH):
                found = threads.map(self._hashes, faces[start : start + _BATCH])
                for position, own in enumerate(found, start):
                    if own is not None:
                        every[position], known[position] = own, True
        return every, known

    def _hashes(self, face: Record) -> Hashes | None:
        """None too for a crop that cannot be read; ``clean`` says so in its row."""
        try:
            return hashes(decode(self._workspace.file(face)).pixels)
        except (ImageError, ManifestError):
            return None
