"""What the training changed: the same portraits, drawn before it and after it."""

from pathlib import Path

import numpy as np

from f2a_faces.images import Pixels, decode, encode_png
from f2a_manifests import write_bytes
from f2a_translate.grid import sheet


def compare(before: Path, after: Path, out: Path) -> None:
    """Write a sheet of one column a face: the photo, the drawing before training, and the one after it.

    Args:
        before: what ``f2a-train translate --out`` wrote: a PNG a face, the photo left and the drawing right.
        after: likewise, of the same photos and size.
        out: the sheet; its folder is created.
    """
    earlier, later = _by_photo(before), _by_photo(after)
    common = [photo for photo in earlier if photo in later]
    if common:
        photos, old = np.split(np.stack([earlier[photo] for photo in common]), 2, axis=2)
        new = np.split(np.stack([later[photo] for photo in common]), 2, axis=2)[1]
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(out, encode_png(sheet([(photos, old, new)])))


def _by_photo(folder: Path) -> dict[bytes, Pixels]:
    """The newest pair of each photo; file names have a hash of the generator, so earlier ones stay."""
    files = sorted(folder.glob("*-*.png"), key=lambda file: file.stat().st_mtime)
    pairs = [decode(file).pixels for file in files]
    return {pair[:, : len(pair)].tobytes(): pair for pair in pairs}
