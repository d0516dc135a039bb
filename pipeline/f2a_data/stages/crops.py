"""The crops of some faces: their hashes, and their files."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from f2a_data.stages.comparing import Files
from f2a_data.stages.copies import Pair
from f2a_faces.cuts import WORDS, Hashes, cuts, packed
from f2a_faces.images import ImageError, decode
from f2a_manifests import ManifestError, Record, Workspace
from f2a_manifests.cores import usable_cores

_BATCH = 1000  # faces that are waited for at a time


class Crops:
    """Faces whose crops can be compared: those that are no flat area.

    Crops of which the faces have stored nothing are read.

    Attributes:
        faces: the comparable ones, in the order given.
    """

    def __init__(self, workspace: Workspace, faces: Sequence[Record]) -> None:
        self._workspace = workspace
        self._hash([face for face in faces if len(face.cuts) != 8 * WORDS])
        self.faces = [face for face in faces if any(face.cuts)]

    def __len__(self) -> int:
        """How many are comparable."""
        return len(self.faces)

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> Hashes:
        """The hashes of some, by their positions: uint64 (M, cuts), see `f2a_faces.cuts`.

        They stay in the rows until they are asked for: those of a million crops at once take 0.2 GB.
        """
        stored = b"".join([self.faces[row].cuts for row in rows.tolist()])
        return np.frombuffer(stored, "<u8").reshape(len(rows), WORDS)[:, : len(cuts())]

    def files(self, pair: Pair) -> Files:
        """What is needed to compare a pair."""
        better, worse = self.faces[pair.better], self.faces[pair.worse]
        first = 8 * len(cuts())
        return Files(better.path, worse.path, (better.cuts[first:], worse.cuts[first:]), pair.mirrored)

    def _hash(self, faces: Sequence[Record]) -> None:
        with ThreadPoolExecutor(usable_cores()) as threads:
            for start in range(0, len(faces), _BATCH):
                part = faces[start : start + _BATCH]
                for face, stored in zip(part, threads.map(self._hashed, part), strict=True):
                    face.cuts = stored

    def _hashed(self, face: Record) -> bytes:
        """Nothing for a crop that cannot be read; ``clean`` says so in its row."""
        try:
            return packed(decode(self._workspace.file(face)).pixels)
        except (ImageError, ManifestError):
            return b""
