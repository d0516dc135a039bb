"""The crops of some faces: their hashes, and how two of them differ."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from f2a_data.stages.copies import Pair
from f2a_faces.cuts import WORDS, Hashes, cuts, details, packed, standard, unlike, unpacked
from f2a_faces.images import ImageError, Pixels, decode
from f2a_faces.likeness import Difference, compare
from f2a_manifests import ManifestError, Record, Workspace
from f2a_manifests.cores import usable_cores

_BATCH = 1000  # faces that are waited for at a time
_HELD = 4096  # crops in memory, 12 KB each
_UNLIKE = Difference(1.0, 1.0)


class Crops:
    """Faces whose crops can be compared: those that are no flat area.

    What the faces have stored of their crops is moved here; crops of which nothing is stored are read.

    Attributes:
        faces: the comparable ones, in the order given.
        hashes: uint64 (N, cuts), theirs; see `f2a_faces.cuts`.
    """

    def __init__(self, workspace: Workspace, faces: Sequence[Record]) -> None:
        self._workspace = workspace
        self._pixels = lru_cache(_HELD)(self._read)
        self._details = lru_cache(_HELD)(self._read_details)
        words, missing = _stored(faces)
        self._hash(faces, missing, words)
        known = np.asarray(words.any(axis=1))
        self.faces = [face for face, one in zip(faces, known.tolist(), strict=True) if one]
        words = words if known.all() else words[known]
        self.hashes, others = words[:, : len(cuts())], words[:, len(cuts()) :]
        self._stored_details = others.reshape(len(words), 2, others.shape[1] // 2)

    def difference(self, pair: Pair) -> Difference:
        """How the crops of two faces differ; wholly if one cannot be read: ``clean`` says so in its row."""
        try:
            one = self._details(pair.better)
            if unlike(one, self._stored_details[pair.worse], mirrored=pair.mirrored):
                return _UNLIKE
            better, worse = self._pixels(pair.better), self._pixels(pair.worse)
        except (ImageError, ManifestError):
            return _UNLIKE
        return compare(better, np.ascontiguousarray(worse[:, ::-1]) if pair.mirrored else worse)

    def _read(self, position: int) -> Pixels:
        return standard(decode(self._workspace.file(self.faces[position])).pixels)

    def _read_details(self, position: int) -> Hashes:
        return details(self._pixels(position))

    def _hash(self, faces: Sequence[Record], chosen: Sequence[int], words: Hashes) -> None:
        with ThreadPoolExecutor(usable_cores()) as threads:
            for start in range(0, len(chosen), _BATCH):
                part = chosen[start : start + _BATCH]
                words[part] = list(threads.map(self._hashed, [faces[number] for number in part]))

    def _hashed(self, face: Record) -> Hashes:
        """Zeros for a crop that cannot be read; ``clean`` says so in its row."""
        try:
            pixels = decode(self._workspace.file(face)).pixels
        except (ImageError, ManifestError):
            return np.zeros(WORDS, np.uint64)
        return np.frombuffer(packed(pixels), "<u8")


def _stored(faces: Sequence[Record]) -> tuple[Hashes, list[int]]:
    """What is stored of the crops, and of which nothing is. It is taken out of the rows: twice is 0.4 GB."""
    words, missing = np.zeros((len(faces), WORDS), np.uint64), []
    for number, face in enumerate(faces):
        stored, face.cuts = unpacked(face.cuts), b""
        if stored is None:
            missing.append(number)
        else:
            words[number] = stored
    return words, missing
