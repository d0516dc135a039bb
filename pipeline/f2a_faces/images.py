"""Decodes untrusted images to sRGB pixels and encodes crops; the only place that opens images.

Both domains pass through here, so a discriminator cannot tell them apart by their codec.
"""

import io
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, Jpeg2KImagePlugin, PngImagePlugin, UnidentifiedImageError

from f2a_faces.colours import to_srgb
from f2a_faces.magic import HEAD_BYTES, image_suffix
from f2a_faces.plain import plain
from f2a_faces.repair import repaired
from f2a_manifests import Reason, Unusable

Pixels = npt.NDArray[np.uint8]

MAX_PIXELS = 100_000_000  # 300 MB as RGB; the largest images on boorus are about half of that
MAX_BYTES = 256 * 1024 * 1024
# Formats of boorus, phones and data sets. No EPS (runs Ghostscript), no rarely tested decoders.
_formats = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", Jpeg2KImagePlugin.Jpeg2KImageFile.format]

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# Bytes when unpacked: image generators write more than Pillow's limit of 1 MiB.
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 2**20

_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_PLAIN = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp"}
_ORIENTATION = 0x0112  # the EXIF tag
_TURNED = (5, 6, 7, 8)  # its values that swap width and height
_FAST_PNG = [
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
    *((cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_PAETH) if hasattr(cv2, "IMWRITE_PNG_FILTER") else ()),
]
_LATE = 65_536  # bytes at the end of a PNG that are searched for EXIF data


try:  # since Pillow 11.3
    from PIL import AvifImagePlugin as _  # noqa: F401
except ImportError:
    pass
else:
    _formats.append("AVIF")

Result = TypeVar("Result")


_OTHERS = {
    "avif": "AVIF: broken, or this Pillow is older than 11.3",
    "heic": "HEIC: pip install 'face2anime-toolkit[heif]'",
    "jxl": "JPEG XL: convert it, for example with djxl",
}


class ImageError(Unusable):
    """An image cannot be used."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """An image as pixels.

    Attributes:
        pixels: uint8, height x width x 3, sRGB, upright (EXIF applied), transparency on white.
        width: pixels of the full image, upright; more than in ``pixels`` if it was scaled down.
        height: likewise.
        repaired: the file is damaged outside its pixels.
    """

    pixels: Pixels
    width: int
    height: int
    repaired: bool = False

    @property
    def scale(self) -> float:
        """Full pixels per pixel here; 1.0 if not scaled down."""
        return self.width / int(self.pixels.shape[1])


def decode(source: Path | bytes, max_side: int | None = None) -> Decoded:
    """Decode an image; of an animation, the frame that a browser shows first.

    Args:
        source: a file or its bytes.
        max_side: scale the image down (antialiased, in the JPEG decoder if possible) so that its long
            side has at most this many pixels; never enlarges.

    Raises:
        ImageError: the image cannot be used.
    """
    image, (width, height), mended = _srgb(source, max_side)
    return Decoded(np.asarray(image), width, height, mended)


def decode_image(source: Path | bytes) -> tuple[Image.Image, bool]:
    """Decode to a Pillow image, if only a part of its pixels is needed.

    Returns:
        The image, RGB, with the pixels that `decode` gives; and whether the file was repaired.

    Raises:
        ImageError: the image cannot be used.
    """
    image, _, mended = _srgb(source, None)
    return image, mended


def check(source: Path | bytes) -> None:
    """Read all pixels as `decode` does, without converting them.

    Raises:
        ImageError: the image cannot be used.
    """
    source = contents(source)
    found = plain(source, MAX_PIXELS) if isinstance(source, bytes) else None
    if not (found and found.is_intact()):
        _whole(source, _check)


def contents(source: Path | bytes) -> Path | bytes:
    """A file's bytes; the path if it cannot be read or is too large, so that `decode` reports it."""
    if isinstance(source, bytes):
        return source
    try:
        about = os.stat(source)  # noqa: PTH116 -- once for each file
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_BYTES:
            return source
        with open(source, "rb") as file:  # noqa: PTH123 -- likewise
            return file.read()
    except OSError:
        return source


def _plain_image(source: Path | bytes, max_side: int | None = None) -> Image.Image | None:
    """The pixels of a plain file; None for other files, and if it must be scaled down."""
    found = plain(source, MAX_PIXELS) if isinstance(source, bytes) else None
    return found.image() if found and max(found.size) <= (max_side or MAX_PIXELS) else None


def _srgb(source: Path | bytes, max_side: int | None) -> tuple[Image.Image, tuple[int, int], bool]:
    """See `decode`: the pixels, the full size, and whether the file was repaired."""
    source = contents(source)
    if image := _plain_image(source, max_side):
        return image, image.size, False
    (image, size), mended = _whole(source, lambda given: _decode(given, max_side))
    return image, size, mended


def _check(source: Path | bytes) -> None:
    with _opened(source) as image:
        image.load()


def _decode(source: Path | bytes, max_side: int | None) -> tuple[Image.Image, tuple[int, int]]:
    with _opened(source) as image:
        full = image.size
        if max_side:
            image.draft(None, _reduced(image.size, max_side))
        image.load()
        orientation = _orientation(image)
        size = full[::-1] if orientation in _TURNED else full
        if orientation != 1:
            image.getexif()[_ORIENTATION] = orientation
            ImageOps.exif_transpose(image, in_place=True)
        # Scale down first: converting the colours of a small image is much cheaper.
        reduced = _reduce(image, max_side) if max_side else image
        return _to_srgb(reduced), size


def reduced(pixels: Pixels, max_side: int) -> Decoded:
    """Scale pixels down as `decode` does."""
    image = Image.fromarray(pixels)
    return Decoded(np.asarray(_reduce(image, max_side)), *image.size)


def decode_transparent(source: Path | bytes, max_side: int) -> Decoded:
    """Decode an image with transparency: height x width x 4, with the file's own colours.

    Args:
        source: as of `decode`.
        max_side: likewise.

    Raises:
        ImageError: the image cannot be used.
    """
    return _whole(source, lambda given: _decode_transparent(given, max_side))[0]


def _decode_transparent(source: Path | bytes, max_side: int) -> Decoded:
    with _opened(source) as image:
        return Decoded(np.asarray(_reduce(image.convert("RGBA"), max_side)), *image.size)


def read_size(source: Path | bytes) -> tuple[int, int]:
    """Width and height in pixels, upright, from the header alone.

    Raises:
        ImageError: not an image, or too large.
    """
    if isinstance(source, bytes) and (found := plain(source, MAX_PIXELS)):
        return found.size
    return _whole(source, _read_size)[0]


def _read_size(source: Path | bytes) -> tuple[int, int]:
    with _opened(source) as image:
        if image.format == "TIFF":  # its decoder rotates by itself
            return image.size
        if image.format == "PNG" and "exif" not in image.info:
            if not _has_late_exif(source):  # asking for them would decode the pixels
                return image.size
            image.load()
        return image.size[::-1] if _orientation(image) in _TURNED else image.size


def plain_suffix(source: Path | bytes) -> str:
    """The suffix of an image that any program shows in the same shape as `decode`.

    Returns:
        ``jpg``, ``png``, ``webp`` or ``bmp``; empty for other formats, for an image that EXIF turns or
        mirrors, for an animation, and for a broken file.
    """
    try:
        with _opened(source) as image:
            if image.format == "PNG" and _has_late_exif(source):
                image.load()
            still = getattr(image, "n_frames", 1) == 1
            plain = image.format in _PLAIN and still and _orientation(image) == 1
            return _PLAIN[str(image.format)] if plain else ""
    except ImageError:
        return ""


def _has_late_exif(source: Path | bytes) -> bool:
    """Whether a PNG may have EXIF data after its pixels."""
    if isinstance(source, bytes):
        return b"eXIf" in source[-_LATE:]
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - _LATE))
        return b"eXIf" in file.read()


def _whole(source: Path | bytes, read: Callable[[Path | bytes], Result]) -> tuple[Result, bool]:
    """Read a file; if it is damaged outside its pixels, without the damaged parts.

    Decoders of extras are loaded when the first file needs one.

    Returns:
        The result, and whether something was left out.
    """
    try:
        return read(source), False
    except ImageError:
        if not isinstance(source, bytes):
            if not source.is_file() or source.stat().st_size > MAX_BYTES:
                raise
            source = source.read_bytes()
        learned = _learns(image_suffix(source[:HEAD_BYTES]))
        fixed = source if learned else repaired(source)
        if fixed is None:
            raise
    return read(fixed), not learned


def encode_crop(pixels: Pixels) -> bytes:
    """Encode a face (uint8, height x width x 3) as PNG; the same pixels give the same bytes.

    With one filter and run-length encoding it takes a third to a fifth of `encode_png`'s time, for a file
    that is one to three per cent larger (eight for flat colours). OpenCV before 4.12 tries all filters.
    """
    done, png = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), _FAST_PNG)
    if not done:
        raise ValueError(f"OpenCV cannot write {pixels.shape} as PNG")
    return png.tobytes()


def encode_png(pixels: Pixels, compress_level: int = 6) -> bytes:
    """Encode pixels (uint8, height x width x 3 or 4) as PNG; the same pixels give the same bytes.

    Level 1 takes a quarter of the time of level 6, for a file that is an eighth larger.
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=compress_level)
    return buffer.getvalue()


def encode_jpeg(pixels: Pixels) -> bytes:
    """Encode pixels (uint8, height x width x 3) as JPEG of quality 95 without chroma subsampling."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


@contextmanager
def _opened(source: Path | bytes) -> Iterator[Image.Image]:
    """Open with our formats and size limit; turn every decoder's exception into `ImageError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # decoders warn about metadata that we do not use
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(_stream(source), formats=_formats) as image:
                _forget_xmp(image)
                if getattr(image, "default_image", False):  # it is not part of the animation
                    image.seek(1)
                yield image
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(
            Reason.TOO_MANY_PIXELS, f"more than {MAX_PIXELS // 1_000_000} million pixels"
        ) from None
    except FileNotFoundError:
        raise ImageError(Reason.FILE_MISSING) from None
    except PermissionError:
        raise ImageError(Reason.NO_PERMISSION) from None
    except UnidentifiedImageError:
        raise ImageError(*_what_else(source)) from None
    except MemoryError:
        raise ImageError(Reason.OUT_OF_MEMORY) from None
    except Exception as error:
        # Pillow's decoders raise almost anything on broken data (OSError, SyntaxError, struct.error...).
        raise ImageError(Reason.BROKEN_IMAGE, str(error or type(error).__name__)[:200]) from error


def _stream(source: Path | bytes) -> io.BytesIO | Path:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    about = source.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ImageError(Reason.NOT_A_FILE)
    if about.st_size > MAX_BYTES:
        raise ImageError(Reason.FILE_TOO_LARGE, f"more than {MAX_BYTES // 2**20} MiB")
    return source


def _what_else(source: Path | bytes) -> tuple[Reason, str]:
    """Say what the file contains instead of an image."""
    if isinstance(source, bytes):
        head = source[:512]
    else:
        with source.open("rb") as file:
            head = file.read(512)
    if not head:
        return Reason.FILE_EMPTY, ""
    if image_suffix(head) in _OTHERS:
        return Reason.UNSUPPORTED_FORMAT, _OTHERS[image_suffix(head)]
    text = head.lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head")) or b"<html" in text:
        return Reason.HTML_PAGE, ""
    return Reason.UNKNOWN_FORMAT, ""


def _learns(kind: str) -> bool:
    """Load the decoder for a format, unless it is loaded."""
    if kind != "heic" or "HEIF" in _formats:
        return False
    try:
        from pillow_heif import register_heif_opener  # noqa: PLC0415 -- an extra
    except ImportError:
        return False
    register_heif_opener()
    _formats.append("HEIF")
    return True


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8; it may be text. A PNG may have it after its pixels: load them first."""
    _forget_xmp(image)
    value = str(image.getexif().get(_ORIENTATION, 1)).strip("\0 ")
    return int(value) if value in "12345678" and len(value) == 1 else 1


def _forget_xmp(image: Image.Image) -> None:
    """Leave the orientation to EXIF, as browsers do: Pillow would also use XMP."""
    for name in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(name, None)


def _reduced(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    factor = min(1.0, max_side / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _reduce(image: Image.Image, max_side: int) -> Image.Image:
    size = _reduced(image.size, max_side)
    if size == image.size:
        return image
    if image.mode in ("P", "1", *_DEEP_MODES):  # a palette index or a deep sample cannot be averaged directly
        image = _to_srgb(image)
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _to_srgb(image: Image.Image) -> Image.Image:
    """8-bit sRGB: deep greys scaled, colour profile applied, transparency on white."""
    if image.mode in _DEEP_MODES:
        return Image.fromarray(_deep_to_8_bit(image)).convert("RGB")
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    converted = to_srgb(image)
    return converted if converted.mode == "RGB" else converted.convert("RGB")


def _deep_to_8_bit(image: Image.Image) -> Pixels:
    values = np.nan_to_num(np.asarray(image))
    if image.mode == "F" and values.max() <= 255:  # else it holds 16-bit values, as the others do
        values = (values * (255 if values.max() <= 1 else 1)).round().clip(0, 255) * 256
    levels: Pixels = (values.astype(np.int64).clip(0, 65535) >> 8).astype(np.uint8)
    return levels


def _on_white(image: Image.Image) -> Image.Image:
    """Composite on white: ``convert("RGB")`` would show the hidden colour of transparent pixels."""
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    flat = Image.alpha_composite(white, image).convert("RGB")
    flat.info = image.info
    return to_srgb(flat)
