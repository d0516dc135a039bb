"""What the training changed: the same portraits, drawn before it and after it."""

from pathlib import Path

import numpy as np

from f2a_faces.images import Pixels, decode, encode_png
from f2a_manifests import write_bytes

GAP = 2  # white pixels around each face


def compare(before: Path, after: Path, out: Path) -> None:
    """Write a sheet of one column a face: the photo, the drawing before training, and the one after it.

    Args:
        before: what ``f2a-train translate --out`` wrote: a PNG a face, the photo left and the drawing right.
        after: likewise, of the same photos and size.
        out: the sheet; its folder is created.
    """
    earlier, later = _faces(before), _faces(after)
    columns = [
        _column(decode(file).pixels, decode(later[face]).pixels)
        for face, file in earlier.items()
        if face in later
    ]
    if columns:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(out, encode_png(np.concatenate(columns, axis=1)))


def _faces(folder: Path) -> dict[tuple[str, str], Path]:
    """The files by photo and number: ``PHOTO-HASH-NUMBER.png``, with a hash of photo and generator."""
    parts = {file: file.stem.rsplit("-", 2) for file in sorted(folder.glob("*-*-*.png"))}
    return {(photo, number): file for file, (photo, _, number) in parts.items()}


def _column(before: Pixels, after: Pixels) -> Pixels:
    side = len(before)
    column = [before[:, :side], before[:, side:], after[:, side:]]
    around = ((GAP, GAP), (GAP, GAP), (0, 0))
    return np.concatenate([np.pad(face, around, constant_values=255) for face in column])
