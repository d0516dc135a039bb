"""What the detector sees in each crop of a workspace, computed once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from f2a_faces import wrong_crops
from f2a_faces.detectors import f2a
from f2a_faces.images import ImageError, decode
from f2a_faces.networks import digest
from f2a_faces.second_look import SIZE, Vector, look
from f2a_manifests import Domain, FatalError, ManifestError, Record, Workspace
from f2a_queue.evidence import Floats
from f2a_queue.store import Store

BATCH = 200
"""Crops whose vectors are written together."""
VERSION = 2
"""Of `f2a_faces.second_look`; increasing it recomputes all vectors."""


@dataclass(frozen=True, slots=True)
class Looks:
    """The vectors of a workspace's crops, in ``cache/embeddings``.

    Attributes:
        workspace: where the crops are.
        domain: of the faces.
    """

    workspace: Workspace
    domain: Domain

    def known(self, faces: Sequence[Record]) -> Floats:
        """Vectors, float32 (N, `SIZE`); NaN for those that are not computed yet."""
        return self._store().take([face.sha256 if _has_hash(face) else "" for face in faces])

    def compute(self, faces: Sequence[Record]) -> Iterator[int]:
        """Compute the missing vectors, and yield the number of remaining crops after each.

        A crop that cannot be read is left out, and tried again the next time. Closing the generator keeps
        what it has computed.

        Raises:
            FatalError: the disk is full, or the folder leads out of the workspace.
        """
        store, computed = self._store(), dict[str, Vector]()
        missing = self._missing(store, faces)
        try:
            for place, face in enumerate(missing, start=1):
                if (vector := self._look(face)) is not None:
                    computed[face.sha256] = vector
                if len(computed) == BATCH:
                    _add(store, computed)
                yield len(missing) - place
        finally:
            _add(store, computed)

    def _missing(self, store: Store, faces: Sequence[Record]) -> list[Record]:
        """One face for each content that is not known."""
        hashed = [face for face in faces if _has_hash(face)]
        known = store.rows([face.sha256 for face in hashed]) >= 0
        return list(
            {face.sha256: face for face, here in zip(hashed, known, strict=True) if not here}.values()
        )

    def _look(self, face: Record) -> Vector | None:
        try:
            return look(decode(self.workspace.file(face)).pixels, self.domain.value)
        except (ImageError, ManifestError, OSError, ValueError):
            return None

    def _store(self) -> Store:
        folder = self.workspace.embeddings_cache / f"{_networks()}-{VERSION}-{self.domain.value}"
        if not self.workspace.holds(folder):
            raise FatalError(f"{self.workspace.embeddings_cache} is a link that leads out of the workspace")
        return Store(folder, SIZE)


def _networks() -> str:
    return "-".join(digest(network)[:16] for network in (f2a.SHIPPED, wrong_crops.SHIPPED))


def _has_hash(face: Record) -> bool:
    return len(face.sha256) == 64 and not set(face.sha256) - set("0123456789abcdef")


def _add(store: Store, computed: dict[str, Vector]) -> None:
    if computed:
        store.add(list(computed), np.stack(list(computed.values())))
    computed.clear()
