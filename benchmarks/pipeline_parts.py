"""The parts of the stages, with the C libraries only: the same files and pixels.

Every function gets prepared inputs, so that only its own part is measured.
"""

import hashlib
import io
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import cv2
import numpy as np
from PIL import Image

from f2a_faces.detectors import Detector, f2a, find_faces
from f2a_faces.images import Pixels

T = TypeVar("T")
FAST_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
if hasattr(cv2, "IMWRITE_PNG_FILTER"):
    FAST_PNG += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_PAETH]


def seconds(part: Callable[[T], object], items: Iterable[T]) -> float:
    """CPU seconds of a part for all items."""
    began = time.process_time()
    for item in items:
        part(item)
    return time.process_time() - began


def read(path: Path) -> bytes:
    """A file's bytes."""
    with open(path, "rb") as file:  # noqa: PTH123 -- bare
        return file.read()


def read_member(member: tuple[zipfile.ZipFile, zipfile.ZipInfo]) -> bytes:
    """An archive member's bytes."""
    return member[0].read(member[1])


def write(item: tuple[Path, bytes]) -> None:
    """A new file."""
    with open(item[0], "wb") as file:  # noqa: PTH123 -- bare
        file.write(item[1])


def sha256(data: bytes) -> bytes:
    """OpenSSL's."""
    return hashlib.sha256(data).digest()


def decode(data: bytes) -> Pixels:
    """OpenCV: libjpeg-turbo or libpng, and nothing else."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB))


def decode_by_pillow(data: bytes) -> Pixels:
    """Pillow: the same libraries, decoded line by line, with its own file opening."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def decode_small(item: tuple[bytes, int]) -> Image.Image:
    """Scaled down in the JPEG decoder as far as it supports."""
    with Image.open(io.BytesIO(item[0])) as image:
        image.draft("RGB", (item[1], item[1]))
        image.load()
        image.thumbnail((item[1], item[1]), Image.Resampling.BILINEAR)
        return image


def resample(item: tuple[Image.Image, tuple[float, float, float, float], int]) -> Image.Image:
    """Pillow's Lanczos filter, in one call."""
    image, box, size = item
    return image.resize((size, size), Image.Resampling.LANCZOS, box=box)


def encode(pixels: Pixels) -> bytes:
    """OpenCV's PNG encoder."""
    return cv2.imencode(".png", pixels, FAST_PNG)[1].tobytes()


def perceptual_hash(pixels: Pixels) -> bytes:
    """OpenCV's area filter and cosine transform."""
    grey = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (32, 32), interpolation=cv2.INTER_AREA)
    low = cv2.dct(grey.astype(np.float32))[:8, :8]
    return np.packbits(low > np.median(low)).tobytes()


class Network:
    """The detector's network on the inputs that it gets from these images."""

    def __init__(self, sources: Sequence[Path], detector: Detector) -> None:
        self.inputs: list[dict[str, Any]] = []
        real = f2a.read_network
        with patch.object(f2a, "read_network", lambda *words, **more: self._recording(real(*words, **more))):
            for source in sources:
                find_faces(source, detector)

    def _recording(self, session: Any) -> Any:  # noqa: ANN401 -- onnxruntime has no types
        self._session = session
        return self

    def run(self, names: list[str], inputs: dict[str, Any]) -> Any:  # noqa: ANN401
        """Replaces the session while inputs are recorded."""
        self.inputs.append(inputs)
        return self._session.run(names, inputs)

    def bare(self, inputs: dict[str, Any]) -> object:
        """One run."""
        return self._session.run(["maps"], inputs)
