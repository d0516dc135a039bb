"""The hash of a crop's pixels, which is the same on every machine.

The hash of a PNG file is not: zlib and zlib-ng compress the same pixels to different bytes.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from f2a_faces.crop import cut
from f2a_faces.images import Pixels
from f2a_manifests import ManifestError, Square

COLUMNS = ("id", "pixels_sha256")
_HEX = frozenset("0123456789abcdef")


def pixels_sha256(pixels: Pixels) -> str:
    """The SHA-256 of uint8 pixels, height x width x 3: rows from the top, each pixel red, green, blue."""
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def probe(size: int) -> str:
    """The hash of two crops of a size, of a wide and a tall image made of numbers, at fractions of pixels.

    Two installations that differ here would cut every face differently.
    """
    crops = (cut(_pattern(w, h), Square(21.3, 13.7, 120.9), size) for w, h in ((300, 170), (170, 510)))
    return hashlib.sha256("".join(map(pixels_sha256, crops)).encode()).hexdigest()


def _pattern(width: int, height: int) -> Pixels:
    """Edges in all directions, from whole numbers only: no library draws them otherwise."""
    y, x, channel = np.ogrid[:height, :width, :3]
    pattern: Pixels = ((x * x * 3 + y * (y + 7) + x * y * (channel + 1)) // 16 % 256).astype(np.uint8)
    return pattern


def table(hashes: Mapping[str, str]) -> str:
    """The text of crops.csv: a line for each crop."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *hashes.items()])
    return text.getvalue()


def read_table(path: Path) -> dict[str, str]:
    """The hashes of crops.csv by the ids of their faces.

    Raises:
        ManifestError: it is missing, or not such a table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error) as error:
        raise ManifestError(f"{path}: not a table of crops: {error}") from None
    if tuple(header) != COLUMNS or not all(map(_is_row, rows)):
        raise ManifestError(f"{path}: not a table of {' and '.join(COLUMNS)}")
    return _unique(path, rows)


def _unique(path: Path, rows: Iterable[list[str]]) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for face, digest in rows:
        if hashes.setdefault(face, digest) != digest:
            raise ManifestError(f"{path}: the id {face} stands there twice")
    return hashes


def _is_row(row: list[str]) -> bool:
    return (
        len(row) == len(COLUMNS)
        and len(row[1]) == hashlib.sha256().digest_size * 2
        and _HEX.issuperset(row[1])
    )
