"""The training faces, checked, and the order in which the steps see them."""

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from f2a_manifests import Domain, FatalError, Workspace
from f2a_manifests.outdated import refuse_outdated
from f2a_train.data.cache import FaceCache
from f2a_train.data.domain import Faces
from f2a_train.data.training_rows import TrainingRows

log = logging.getLogger(__name__)
EVERYTHING = slice(None)
RESIDENT = 4 * 2**30  # bytes of faces that may lie on a device beside the networks


def load_faces(manifest: Path, domain: Domain, source: str = "") -> Faces:
    """Load the training faces of a manifest from the cache, which is made if needed.

    If it cannot be written they are held in memory.

    Args:
        manifest: ``WORKSPACE/manifests/NAME.csv``.
        domain: of its faces.
        source: if not empty, only rows with this in their column ``source``.

    Raises:
        FatalError: the manifest cannot be trusted, is out of date, of the other domain, or keeps nothing; a
            crop is missing, broken, changed since the manifest was written, or of another size than the
            first.
    """
    refuse_outdated(Workspace.of_manifest(manifest))
    faces = _from_cache(manifest, domain, source)
    if not faces.is_split:
        log.warning("%s has no split: all %d kept faces are used for training", manifest, len(faces.pixels))
    return faces


def _from_cache(manifest: Path, domain: Domain, source: str) -> Faces:
    cache = FaceCache.of(manifest, domain, source)
    if faces := cache.read():
        return faces
    try:
        lock = cache.locked()
    except OSError as error:
        rows = TrainingRows.of(manifest, domain, source, cache.sha256)
        return _in_memory(rows, f"{cache.folder}: {error.strerror}")
    with lock:
        return cache.read() or _made(cache, TrainingRows.of(manifest, domain, source, cache.sha256))


def _made(cache: FaceCache, rows: TrainingRows) -> Faces:
    """Make the cache's files and read them."""
    try:
        cache.write(rows)
    except FatalError as error:
        if not isinstance(error.__cause__, OSError):  # a crop's
            raise
        return _in_memory(rows, str(error))
    faces = cache.read()
    return faces or _in_memory(rows, f"{cache.folder} does not keep what is written there")


def _in_memory(rows: TrainingRows, why: str) -> Faces:
    log.warning("%s: the faces are held in memory, and are read from their crops each time", why)
    shape, faces = rows.begun()
    pixels = torch.empty(shape, dtype=torch.uint8)
    for number, face in enumerate(faces):
        pixels[number] = torch.from_numpy(face)
    return Faces.of(pixels, rows.count, rows.crop_rule, rows.sha256, is_split=rows.is_split)


def on_device(pixels: Tensor, device: torch.device) -> Tensor:
    """Move the faces to the networks' device, unless they are too many."""
    return pixels.to(device) if pixels.nbytes <= RESIDENT else pixels


def to_floats(pixels: Tensor) -> Tensor:
    """Bytes 0..255 to float32 in [-1, 1], same shape."""
    return pixels.float() / 127.5 - 1.0


def to_bytes(floats: Tensor) -> Tensor:
    """Floats in [-1, 1] to bytes, same shape; values outside are clipped."""
    return ((floats + 1.0) * 127.5).round().clamp(0, 255).to(torch.uint8)


@dataclass(frozen=True, slots=True)
class Sampler:
    """The faces of each step, and whether they are mirrored: a function of the seed and the step only.

    Every face is used once per epoch. There is no state to save.

    Attributes:
        faces: how many there are.
        batch_size: per step, in all processes together.
        seed: the run's seed and the domain's number.
        chosen: the positions of those to use from the step ``chosen_from`` on; None: all.
        chosen_from: before it, all are used.
    """

    faces: int
    batch_size: int
    seed: tuple[int, int]
    chosen: npt.NDArray[np.int64] | None = None
    chosen_from: int = 0

    def indices(self, step: int) -> list[int]:
        """The faces of a step."""
        chosen = self.chosen if step >= self.chosen_from else None
        faces = self.faces if chosen is None else len(chosen)
        places = range(step * self.batch_size, (step + 1) * self.batch_size)
        order = [int(_order(self.seed, place // faces, faces)[place % faces]) for place in places]
        return order if chosen is None else chosen[order].tolist()

    def batch(self, pixels: Tensor, step: int, part: slice = EVERYTHING) -> Tensor:
        """A step's faces, each mirrored with probability one half.

        Args:
            pixels: uint8, (N, 3, S, S).
            step: the run's.
            part: which faces of the batch are wanted.

        Returns:
            uint8, (``batch_size``, 3, S, S), or fewer.
        """
        chosen = pixels[self.indices(step)[part]]
        random = np.random.default_rng((*self.seed, 1, step)).random(self.batch_size)
        mirrored = torch.from_numpy(random < 0.5)[part]
        return torch.where(mirrored.view(-1, 1, 1, 1).to(chosen.device), chosen.flip(-1), chosen)


@lru_cache(maxsize=4)
def _order(seed: tuple[int, int], epoch: int, faces: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.random.default_rng((*seed, 0, epoch)).permutation(faces)
