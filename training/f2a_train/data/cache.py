"""The training faces of a manifest as one memory-mapped file, made once from the crops.

Starting takes no longer with a million faces than with a thousand, and they need no memory: the operating
system reads pages on demand. The file is as large as the faces: 12 KB each at 64 pixels, 48 KB
at 128. There is one per manifest and source, in ``WORKSPACE/cache/faces``, or in the folder that
``F2A_CACHE`` in the environment names; it may be deleted whenever nothing trains, and is made again.
"""

import json
import logging
import os
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock

from f2a_manifests import Domain, FatalError, ManifestError, Workspace, atomic_file, sha256_file, write_text
from f2a_manifests.errors import no_manifest
from f2a_manifests.progress import progress_bar
from f2a_manifests.workspace import FOLLOW_LINKS
from f2a_train.data.domain import Faces
from f2a_train.data.training_rows import TrainingRows

log = logging.getLogger(__name__)
FOLDER = "F2A_CACHE"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class FaceCache:
    """The file of one manifest, and a small one beside it with its metadata.

    Attributes:
        folder: where they are.
        group: the start of their names: which manifest, domain and source.
        sha256: of the manifest.
    """

    folder: Path
    group: str
    sha256: str

    @classmethod
    def of(cls, manifest: Path, domain: Domain, source: str, sha256_of_manifest: str = "") -> "FaceCache":
        """The cache of a manifest's faces.

        Args:
            manifest: ``WORKSPACE/manifests/NAME.csv``.
            domain: of its faces.
            source: which of them; empty for all.
            sha256_of_manifest: if it is known; otherwise the manifest is read.

        Raises:
            FatalError: there is no manifest, or the folder is a link that leads out of the workspace.
        """
        workspace, elsewhere = Workspace.of_manifest(manifest), os.environ.get(FOLDER)
        folder = Path(elsewhere) if elsewhere else workspace.faces_cache
        if not (elsewhere or workspace.holds(folder)):
            raise FatalError(
                f"{folder} is a link that leads out of the workspace; {FOLLOW_LINKS}=1 allows it"
            )
        which = sha256(json.dumps([str(manifest.resolve()), domain.value, source]).encode()).hexdigest()
        return cls(folder, f"{domain.value}-{which[:8]}", sha256_of_manifest or _digest(manifest))

    @property
    def array(self) -> Path:
        """A NumPy file: uint8, (N, 3, S, S), the training faces and behind them the probes of the grids."""
        return self.folder / f"{self.group}-{self.sha256[:16]}.npy"

    @property
    def facts(self) -> Path:
        """The metadata of `Faces`, and the array's size and time, by which damage is detected."""
        return self.array.with_suffix(".json")

    @property
    def eyes(self) -> Path:
        """How well the eyes of each training face match; see `f2a_train.data.frontal`."""
        return self.array.with_suffix(".eyes.npy")

    def locked(self) -> AbstractContextManager[object]:
        """Wait for, and hold, the lock for making the files.

        Raises:
            OSError: the folder cannot be made or written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / ".lock").acquire()

    def read(self) -> Faces | None:
        """The faces; None if there are none or they are damaged, which is logged."""
        if not self.facts.exists():
            return None
        try:
            return self._mapped(json.loads(self.facts.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError, EOFError):
            log.warning("%s is damaged: the faces are read from their crops again", self.array)
            return None

    def write(self, rows: TrainingRows) -> None:
        """Write the files, and delete those of earlier versions of the manifest.

        Raises:
            FatalError: the disk is full, or may not be written (caused by an `OSError`); or a crop
                cannot be used, see `TrainingRows.faces`.
        """
        self._clear()
        shape, faces = rows.begun()
        with (
            atomic_file(self.array) as file,
            progress_bar("reading faces", total=len(rows), unit="face", delay=3) as bar,
        ):
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            for face in faces:
                file.write(face.tobytes())
                bar.update()
        said = {"training": rows.count, "is_split": rows.is_split, "crop_rule": rows.crop_rule}
        facts = {"format": FORMAT, "sha256": self.sha256, "stat": self._stat()} | said
        write_text(self.facts, json.dumps(facts, indent=2) + "\n")

    def _mapped(self, facts: dict[str, Any]) -> Faces:
        """Map the faces into memory.

        Raises:
            ValueError: the file is damaged.
        """
        training, rule, is_split = facts["training"], facts["crop_rule"], facts["is_split"]
        if (facts["format"], facts["sha256"], facts["stat"]) != (FORMAT, self.sha256, self._stat()):
            raise ValueError("changed")
        # Copy on write: nothing writes, but torch warns about read-only arrays.
        array = np.load(self.array, mmap_mode="c", allow_pickle=False)
        if array.dtype != np.uint8 or array.ndim != 4 or array.shape[1] != 3 or not array.flags.c_contiguous:
            raise ValueError("no faces")
        if not (isinstance(training, int) and 0 < training <= len(array)):
            raise ValueError("training")
        return Faces.of(torch.from_numpy(array), training, str(rule), self.sha256, is_split=bool(is_split))

    def _stat(self) -> list[int]:
        stat = self.array.stat()
        return [stat.st_size, stat.st_mtime_ns]

    def _clear(self) -> None:
        """Delete files of earlier manifests and killed processes; runs that use one are not affected."""
        for pattern in (f"{self.group}-*", f".{self.group}-*.tmp"):
            for path in self.folder.glob(pattern):
                with suppress(OSError):
                    path.unlink()


def _digest(manifest: Path) -> str:
    try:
        return sha256_file(manifest)
    except FileNotFoundError:
        raise no_manifest(manifest) from None
    except OSError as error:
        raise ManifestError(f"{manifest}: {error.strerror}") from None
