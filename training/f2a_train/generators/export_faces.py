"""Faces on which an exported generator is compared with the one in torch."""

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np

from f2a_faces.crop import crop_face, rule
from f2a_faces.detectors.self_check import plain_face
from f2a_faces.images import Pixels
from f2a_manifests import Box, FatalError, Record, Workspace, read
from f2a_manifests.run_folder import RunFolder
from f2a_train.data.crops import read_crop
from f2a_translate.card import Card

COUNT = 16


@dataclass(frozen=True, slots=True)
class ExportFaces:
    """Faces, uint8, N x S x S x 3 (N at least 1), and in words where they are from."""

    pixels: Pixels
    origin: str


def export_faces(checkpoint: Path, card: Card) -> ExportFaces:
    """Faces of the run's own manifest, held-out ones first; drawn ones where those are gone.

    Args:
        checkpoint: the run's folder, or a file in it.
        card: of the generator that translates them.
    """
    run = RunFolder.of(checkpoint)
    try:
        manifest = run.root / getattr(run.read_mark(), card.source)
        rows = sorted((row for row in read(manifest) if row.kept), key=lambda row: not row.split.held_out)
        pixels = _decoded(Workspace.of_manifest(manifest), rows[:COUNT], card.size)
    except (OSError, ValueError, FatalError):
        return ExportFaces(_drawn(card.size), "drawn faces; those of the run are gone")
    return ExportFaces(pixels, f"{card.source} faces of the run")


def _decoded(workspace: Workspace, rows: list[Record], side: int) -> Pixels:
    """Their crops.

    Raises:
        ValueError: there are none, or they are of another size.
    """
    faces = np.stack([read_crop(workspace, row) for row in rows])
    if faces.shape[1:] != (side, side, 3):
        raise ValueError("of another size")
    return faces


def _drawn(side: int) -> Pixels:
    """One drawn face with its colour channels in all six orders, and mirrored."""
    drawing = plain_face()
    height, width = drawing.shape[:2]
    face = crop_face(drawing, Box(0, 0, width, height), rule("whole", side))
    coloured = np.stack([face[..., list(order)] for order in permutations(range(3))])
    return np.concatenate([coloured, coloured[:, :, ::-1]])
