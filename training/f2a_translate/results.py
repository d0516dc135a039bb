"""The files with an image's results, also those of earlier runs."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path

import numpy as np

from f2a_faces.images import ImageError, Pixels, decode, encode_jpeg, encode_png
from f2a_manifests import Reason, write_bytes

GRID = "grid.png"
LONGEST_NAME = 100
"""Bytes of an image's name; file systems allow 143 or 255 in total."""
LARGE = 4_000_000
"""Pixels up to which a photo is written as PNG, which keeps the rest exactly. A larger one
becomes a JPEG: as PNG the 12 million pixels of a telephone take 2 s and 20 MB, as JPEG 0.1 s and 3 MB."""
Pair = tuple[Pixels, Pixels]
"""A face and its translation, each uint8, S x S x 3."""


@dataclass(frozen=True, slots=True)
class Results:
    """One image's results.

    Attributes:
        folder: where they are.
        name: how their names begin.
        size: pixels of a face's side.
    """

    folder: Path
    name: str
    size: int

    def face(self, number: int) -> Path:
        """The file of a face; the first is 1."""
        return self.folder / f"{self.name}-{number}.png"

    @property
    def photos(self) -> tuple[Path, Path]:
        """The file of the photo with its faces replaced: the first if it is small, otherwise the second."""
        return self.folder / f"{self.name}.png", self.folder / f"{self.name}.jpg"

    def write_faces(self, pairs: Sequence[Pair]) -> None:
        """Write all faces, the first one last: if it exists, all do."""
        for number, pair in reversed(list(enumerate(pairs, 1))):
            # Not durable: `read_faces` notices what a power cut damaged.
            write_bytes(self.face(number), encode_png(np.concatenate(pair, axis=1)), durable=False)

    def write_photo(self, pixels: Pixels) -> None:
        """Write the photo with its faces replaced."""
        small, large = self.photos
        if pixels.shape[0] * pixels.shape[1] > LARGE:
            write_bytes(large, encode_jpeg(pixels))
        else:
            write_bytes(small, encode_png(pixels, compress_level=1))

    def read_faces(self) -> list[Pair]:
        """The faces that an earlier run wrote; none if they are incomplete or damaged."""
        files = takewhile(Path.exists, map(self.face, count(1)))
        try:
            return [self._halves(decode(file).pixels) for file in files]
        except ImageError:
            return []

    def _halves(self, pixels: Pixels) -> Pair:
        if pixels.shape != (self.size, 2 * self.size, 3):
            raise ImageError(Reason.OTHER, "not a face and its translation")
        return pixels[:, : self.size], pixels[:, self.size :]


def is_result(file: Path) -> bool:
    """Whether a file in the folder of the results is one, by its name."""
    return file.name == GRID or re.fullmatch(r".*-[0-9a-f]{12}(-[0-9]+)?\.(png|jpg)", file.name) is not None


def safe_name(source: Path) -> str:
    """An image's name without its suffix, safe for all file systems and shells.

    Letters, accents and digits of every script stay. The number after it avoids names that Windows reserves.
    """
    stem = unicodedata.normalize("NFC", source.stem)
    kept = "".join(letter if _plain(letter) else "_" for letter in stem)
    short = re.sub("_+", "_", kept).lstrip("-").encode()[:LONGEST_NAME]
    return short.decode(errors="ignore") or "image"


def _plain(letter: str) -> bool:
    return letter == "-" or unicodedata.category(letter)[0] in "LMN"
