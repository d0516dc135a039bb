"""The training faces: read from a manifest, checked, held in memory as bytes, in a fixed order."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from f2a_manifests import Domain, ExitCode, FatalError, Record, Workspace, sha256_file
from f2a_train.data.crops import read_crop
from f2a_train.data.rows import face_rows, held_out, is_split, trained_on

log = logging.getLogger(__name__)
PROBES = 8  # faces of each domain in the sample grids
RESIDENT = 4 * 2**30  # bytes of faces that may lie on a device beside the networks


@dataclass(frozen=True, slots=True)
class Faces:
    """One domain's faces.

    Attributes:
        pixels: uint8, (N, 3, S, S), the training faces in manifest order.
        probes: uint8, (up to 8, 3, S, S), for the sample grids: held-out faces where the manifest
            has a split, the first training faces otherwise.
        crop_rule: the text that most of the training rows have in that column.
        sha256: of the manifest.
    """

    pixels: Tensor
    probes: Tensor
    crop_rule: str
    sha256: str

    @property
    def size(self) -> int:
        """Pixels of a side."""
        return int(self.pixels.shape[-1])


def load_faces(manifest: Path, domain: Domain, source: str = "") -> Faces:
    """Load the faces that a manifest keeps for training.

    Args:
        manifest: ``WORKSPACE/manifests/NAME.csv``.
        domain: of its faces.
        source: if not empty, only rows with this in their column ``source``.

    Raises:
        FatalError: the manifest cannot be trusted, is of other faces, or keeps nothing; a crop is
            missing, broken, changed since the manifest was written, or of another size than the first.
    """
    rows = face_rows(manifest, domain, source)
    training = _of_split(rows, manifest)
    others = held_out(rows)
    workspace = Workspace.of_manifest(manifest)
    pixels = _stack(workspace, training)
    probes = _stack(workspace, others[:PROBES], like=pixels) if others else pixels[:PROBES]
    rule = Counter(row.crop_rule for row in training).most_common(1)[0][0]
    return Faces(pixels, probes, rule, sha256_file(manifest))


def near(pixels: Tensor, device: torch.device) -> Tensor:
    """The faces where the networks are, so that no step waits for them; where they were if they are many."""
    return pixels.to(device) if pixels.nbytes <= RESIDENT else pixels


def to_floats(pixels: Tensor) -> Tensor:
    """Bytes 0..255 to float32 in [-1, 1], same shape."""
    return pixels.float() / 127.5 - 1.0


def to_bytes(floats: Tensor) -> Tensor:
    """Floats in [-1, 1] to bytes, same shape; values outside are cut off."""
    return ((floats + 1.0) * 127.5).round().clamp(0, 255).to(torch.uint8)


@dataclass(frozen=True, slots=True)
class Sampler:
    """Which faces each step sees, and which of them mirrored: a function of the seed and the step alone.

    Every face is seen once before any is seen again. There is no state to save.

    Attributes:
        faces: how many there are.
        batch_size: how many a step sees.
        seed: the run's seed and the domain's number.
    """

    faces: int
    batch_size: int
    seed: tuple[int, int]

    def indices(self, step: int) -> list[int]:
        """The faces of a step."""
        places = range(step * self.batch_size, (step + 1) * self.batch_size)
        return [
            int(_order(self.seed, place // self.faces, self.faces)[place % self.faces]) for place in places
        ]

    def batch(self, pixels: Tensor, step: int) -> Tensor:
        """A step's faces as uint8, (batch_size, 3, S, S), each mirrored with probability one half."""
        chosen = pixels[self.indices(step)]
        mirrored = torch.from_numpy(np.random.default_rng((*self.seed, 1, step)).random(len(chosen)) < 0.5)
        return torch.where(mirrored.view(-1, 1, 1, 1).to(chosen.device), chosen.flip(-1), chosen)


@lru_cache(maxsize=4)
def _order(seed: tuple[int, int], epoch: int, faces: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.random.default_rng((*seed, 0, epoch)).permutation(faces)


def _of_split(rows: Sequence[Record], manifest: Path) -> list[Record]:
    if rows and not is_split(rows):
        log.warning("%s has no split: all %d kept faces are used for training", manifest, len(rows))
    training = trained_on(rows)
    if not training:
        raise FatalError(f"{manifest} keeps no face to train on", ExitCode.NO_RESULTS)
    return training


def _stack(workspace: Workspace, rows: Sequence[Record], like: Tensor | None = None) -> Tensor:
    first = _load(workspace, rows[0]) if like is None else like[0]
    pixels = torch.empty((len(rows), *first.shape), dtype=torch.uint8)
    for number, row in enumerate(rows):
        face = _load(workspace, row)
        if face.shape[1:] != (first.shape[-1], first.shape[-1]):
            raise FatalError(
                f"{workspace.file(row)}: {face.shape[2]}x{face.shape[1]} pixels, but the first face has "
                f"{first.shape[2]}; crops must be square and of one size: run the crop stage again"
            )
        pixels[number] = face
    return pixels


def _load(workspace: Workspace, row: Record) -> Tensor:
    """One crop as uint8, (3, H, W)."""
    return torch.from_numpy(read_crop(workspace, row)).permute(2, 0, 1)
