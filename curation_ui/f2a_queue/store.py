"""Embeddings on disk, keyed by the hash of the crop, in files that are never changed."""

import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from f2a_manifests import atomic_file

Vectors = npt.NDArray[np.float32]


class Store:
    """A folder of ``.npy`` files, each an array of rows ``sha256`` (32 bytes) and ``vector`` (float16).

    A file appears whole or not at all, so an interrupted run goes on where it stopped. Two processes may
    write at the same time. The folder may be deleted; everything in it can be computed again.

    Args:
        folder: of one encoder's vectors; made when something is added.
        size: numbers in a vector.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._dtype = np.dtype([("sha256", "S32"), ("vector", "<f2", (size,))])
        self._parts = [
            part for file in sorted(folder.glob("*.npy")) if (part := self._read(file)) is not None
        ]

    def __contains__(self, sha256: str) -> bool:
        """Whether a crop's vector is here; 64 hex digits."""
        return bool(self.rows([sha256])[0] >= 0)

    def add(self, sha256s: Sequence[str], vectors: npt.ArrayLike) -> None:
        """Add rows in one new file.

        Args:
            sha256s: of the crops' files, 64 hex digits each.
            vectors: (N, size).

        Raises:
            FatalError: the disk is full, or the folder cannot be written.
        """
        part = np.empty(len(sha256s), self._dtype)
        part["sha256"] = [bytes.fromhex(sha256) for sha256 in sha256s]
        part["vector"] = vectors
        self._folder.mkdir(parents=True, exist_ok=True)
        with atomic_file(self._folder / f"{uuid.uuid4().hex}.npy", durable=False) as file:
            np.save(file, part)
        self._parts.append(part)

    def rows(self, sha256s: Sequence[str]) -> npt.NDArray[np.intp]:
        """Where the vectors of some crops are, for `take`; -1 for those that are not here."""
        wanted = np.array([bytes.fromhex(sha256) for sha256 in sha256s], "S32")
        known = np.concatenate([np.empty(0, "S32"), *(part["sha256"] for part in self._parts)])
        if not len(known):
            return np.full(len(wanted), -1)
        order = np.argsort(known, kind="stable")
        place = np.searchsorted(known, wanted, sorter=order).clip(max=len(known) - 1)
        return np.where(known[order[place]] == wanted, order[place], -1)

    def take(self, sha256s: Sequence[str]) -> Vectors:
        """The vectors of some crops, float32 (N, size); NaN for those that are not here."""
        rows = self.rows(sha256s)
        taken = np.full((len(rows), *self._dtype["vector"].shape), np.nan, np.float32)
        start = 0
        for part in self._parts:
            here = (rows >= start) & (rows < start + len(part))
            taken[here] = part["vector"][rows[here] - start]
            start += len(part)
        return taken

    def _read(self, file: Path) -> npt.NDArray[np.void] | None:
        """A file's rows; None for what is not ours, is damaged, or was deleted meanwhile."""
        try:
            part = np.load(file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return part if part.dtype == self._dtype and part.ndim == 1 else None
