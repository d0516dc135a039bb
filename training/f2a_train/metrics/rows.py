"""Faces of a manifest for evaluation: held-out ones if there are any."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from f2a_faces.images import Pixels
from f2a_manifests import Domain, ExitCode, FatalError, Record, Workspace
from f2a_train.data.crops import read_crop
from f2a_train.data.rows import face_rows, held_out

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EvaluationRows:
    """Some of a manifest's kept rows.

    Attributes:
        workspace: where their crops lie.
        rows: the rows.
        held_out: whether training never saw them.
    """

    workspace: Workspace
    rows: Sequence[Record]
    held_out: bool

    def pixels(self, size: int) -> Pixels:
        """Their crops: uint8 (N, size, size, 3).

        Raises:
            FatalError: one is missing, broken, changed, or of another size.
        """
        faces = np.empty((len(self.rows), size, size, 3), np.uint8)
        for number, row in enumerate(self.rows):
            faces[number] = _crop(self.workspace, row, size)
        return faces


def evaluation_rows(
    manifest: Path, domain: Domain, faces: int, fewest: int, source: str = ""
) -> EvaluationRows:
    """Rows of the splits ``val`` and ``test``, or of ``train`` if those are too few, which is logged.

    Args:
        manifest: ``WORKSPACE/manifests/NAME.csv``.
        domain: of its faces.
        faces: at most so many, chosen at random, the same every time.
        fewest: at least so many.
        source: if not empty, only rows with this in their column ``source``.

    Raises:
        FatalError: the manifest cannot be trusted, is of other faces, or keeps fewer.
    """
    kept = face_rows(manifest, domain, source)
    others = held_out(kept)
    chosen = others if len(others) >= fewest else kept
    if len(chosen) < fewest:
        raise FatalError(f"{manifest} keeps {len(chosen)} faces; metrics need {fewest}", ExitCode.NO_RESULTS)
    if chosen is kept:
        log.warning("%s has no %d held-out faces: training faces are evaluated", manifest, fewest)
    order = np.random.default_rng(0).permutation(len(chosen))[:faces]
    return EvaluationRows(
        Workspace.of_manifest(manifest), [chosen[place] for place in order], chosen is others
    )


def _crop(workspace: Workspace, row: Record, size: int) -> Pixels:
    pixels = read_crop(workspace, row)
    if pixels.shape != (size, size, 3):
        path, (height, width, _) = workspace.file(row), pixels.shape
        raise FatalError(f"{path}: {width}x{height} pixels; the model has {size}x{size}")
    return pixels
