"""Select frontal drawings for training.

Most photos of faces are frontal. Many drawings are not, and their eyes differ in size: a generator trained
on all of them to the end draws eyes that do not match. One trained on these alone from the beginning draws
the same face for all photos.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import Tensor

from f2a_faces import eyes
from f2a_manifests import Domain, atomic_file
from f2a_manifests.cores import usable_cores
from f2a_manifests.progress import progress_bar
from f2a_train.data.cache import FaceCache
from f2a_train.data.domain import Faces

log = logging.getLogger(__name__)
FEWEST = 1000
"""Use at least this many drawings, if available."""
BLOCK = 256
"""Faces per task of a thread."""
Matches = npt.NDArray[np.float32]


def frontal(manifest: Path, faces: Faces, share: float) -> Faces:
    """Choose the drawings whose eyes match best.

    Args:
        manifest: of the drawings.
        faces: all of its training faces.
        share: the share of them to choose, above 0, at most 1.
    """
    wanted = max(round(share * len(faces.pixels)), FEWEST)
    if wanted >= len(faces.pixels):
        return faces
    matches = _matches(FaceCache.of(manifest, Domain.ANIME, "", faces.sha256).eyes, faces.pixels)
    best = np.sort(np.argsort(-matches, kind="stable")[:wanted])
    log.info("%d of %d drawings are frontal: those whose eyes match best", wanted, len(matches))
    return replace(faces, chosen=best)


def _matches(file: Path, pixels: Tensor) -> Matches:
    """`eyes.match` of each face, cached in the file."""
    with suppress(OSError, ValueError, EOFError):
        known = np.load(file, allow_pickle=False)
        if known.shape == (len(pixels),) and known.dtype == np.float32 and np.isfinite(known).all():
            return np.asarray(known)
    found = _measured(pixels)
    with suppress(OSError), atomic_file(file) as opened:  # on a full disk: recomputed at the next start
        np.save(opened, found)
    return found


def _measured(pixels: Tensor) -> Matches:
    array = pixels.numpy()
    blocks = np.array_split(array, range(BLOCK, len(array), BLOCK))
    with (
        ThreadPoolExecutor(usable_cores()) as threads,
        progress_bar("comparing eyes", total=len(array), unit="face", delay=3) as bar,
    ):
        found = []
        for block in threads.map(_of_block, blocks):
            found.append(block)
            bar.update(len(block))
    return np.concatenate(found)


def _of_block(faces: npt.NDArray[np.uint8]) -> Matches:
    return np.array([eyes.match(face.transpose(1, 2, 0)) for face in faces], np.float32)
