"""Images in the page: decoded safely, scaled down, re-encoded, and inlined as ``data:`` URIs."""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from f2a_faces.crop import PRESETS, CropError, crop_face
from f2a_faces.images import Decoded, ImageError, Pixels, decode, encode_png
from f2a_manifests import BoxFrom, ManifestError, Record, Workspace
from f2a_page.report import data_uri
from f2a_page.text import shorten

TILE = 96
"""Side of a face on the page, in CSS pixels; larger crops are reduced, smaller ones enlarged when shown."""
_GRID_SIDE = 2400
_GRID_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, or the reason why there is none.

    Attributes:
        uri: ``data:...``; empty where there is no picture.
        width: of the full image, in pixels.
        height: likewise.
        missing: the reason.
    """

    uri: str = ""
    width: int = 0
    height: int = 0
    missing: str = ""


class Album:
    """The pictures of one part of the page. Once they come to ``most`` bytes, further ones are left out.

    Rows are hostile: whatever is wrong with one ends as a `Picture` with a reason.
    """

    def __init__(self, workspace: Workspace, most: int) -> None:
        self._workspace = workspace
        self._left = most

    def face(self, face: Record, image: Record) -> Picture:
        """A face's crop; cut from its source image where it has none (yet)."""
        return self._picture(lambda: self._crop(face) if face.path else self._cut(face, image), _jpeg_sharp)

    def image(self, image: Record, side: int) -> Picture:
        """A source image, reduced to ``side`` pixels."""
        return self._picture(lambda: decode(self._workspace.file(image), side), _jpeg)

    def grid(self, path: Path) -> Picture:
        """A sheet of faces that the trainer wrote: pixel by pixel, unless it is enormous."""
        return self._picture(lambda: decode(path, _GRID_SIDE), _png_or_jpeg)

    def _crop(self, face: Record) -> Decoded:
        return decode(self._workspace.file(face), TILE)

    def _cut(self, face: Record, image: Record) -> Decoded:
        preset = "whole" if face.box_from is BoxFrom.WHOLE else "default"
        rule = replace(PRESETS[preset], size=TILE, min_box=0, max_upscale=math.inf)
        pixels = crop_face(decode(self._workspace.file(image)).pixels, face.box, rule)
        return Decoded(pixels, TILE, TILE)

    def _picture(self, load: Callable[[], Decoded], encode: Callable[[Pixels], tuple[str, bytes]]) -> Picture:
        if self._left <= 0:
            return Picture(missing="left out: there are many pictures")
        try:
            decoded = load()
        except (ImageError, CropError, ManifestError, ValueError, OSError, RuntimeError) as error:
            return Picture(missing=shorten(str(error) or type(error).__name__))
        kind, data = encode(decoded.pixels)
        uri = data_uri(kind, data)
        self._left -= len(uri)
        return Picture(uri, decoded.width, decoded.height)


def _jpeg(pixels: Pixels) -> tuple[str, bytes]:
    """For large pictures."""
    return "jpeg", _encoded(pixels, quality=78, subsampling="4:2:0")


def _jpeg_sharp(pixels: Pixels) -> tuple[str, bytes]:
    """For faces, a third of a PNG's bytes: without loss that could be taken for a blurred crop."""
    return "jpeg", _encoded(pixels, quality=88, subsampling="4:4:4")


def _png_or_jpeg(pixels: Pixels) -> tuple[str, bytes]:
    data = encode_png(pixels)
    return ("png", data) if len(data) <= _GRID_BYTES else _jpeg_sharp(pixels)


def _encoded(pixels: Pixels, quality: int, subsampling: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=subsampling, optimize=True)
    return buffer.getvalue()
