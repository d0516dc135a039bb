"""Faces of a manifest for evaluation: held-out ones if there are any."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from f2a_faces.images import Pixels
from f2a_manifests import Domain, ExitCode, FatalError, Record, Workspace
from f2a_train.data.crops import read_crop
from f2a_train.data.rows import stream_faces

EVERYTHING = slice(None)
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
        return self.crops(size)[:]

    def crops(self, size: int, part: slice = EVERYTHING) -> "Crops":
        """Some of their crops, to be read when they are needed."""
        return Crops(self.workspace, self.rows[part], size)


@dataclass(frozen=True, slots=True)
class Crops:
    """Crops on disk; see `f2a_metrics.pictures.Pictures`."""

    workspace: Workspace
    rows: Sequence[Record]
    size: int

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice) -> Pixels:
        """Read some; see `EvaluationRows.pixels` for errors."""
        rows = self.rows[part]
        faces = np.empty((len(rows), self.size, self.size, 3), np.uint8)
        for number, row in enumerate(rows):
            faces[number] = _crop(self.workspace, row, self.size)
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
    counts = Counter(row.split.held_out for row in stream_faces(manifest, domain, source))
    is_held_out = counts[True] >= fewest
    count = counts[True] if is_held_out else counts.total()
    if count < fewest:
        raise FatalError(f"{manifest} keeps {count} faces; metrics need {fewest}", ExitCode.NO_RESULTS)
    if not is_held_out:
        log.warning("%s has no %d held-out faces: training faces are evaluated", manifest, fewest)
    order = np.random.default_rng(0).permutation(count)[:faces].tolist()
    kept = stream_faces(manifest, domain, source)
    rows = _at(order, (row for row in kept if row.split.held_out or not is_held_out))
    return EvaluationRows(Workspace.of_manifest(manifest), rows, is_held_out)


def _at(places: Sequence[int], rows: Iterator[Record]) -> list[Record]:
    """The rows at some places, in that order, without holding the others."""
    wanted = set(places)
    found = {place: row for place, row in enumerate(rows) if place in wanted}
    return [found[place] for place in places]


def _crop(workspace: Workspace, row: Record, size: int) -> Pixels:
    pixels = read_crop(workspace, row)
    if pixels.shape != (size, size, 3):
        path, (height, width, _) = workspace.file(row), pixels.shape
        raise FatalError(f"{path}: {width}x{height} pixels; the model has {size}x{size}")
    return pixels
