"""Decode plain files directly with Pillow's decoders.

Opening a file with Pillow can take as long as decoding a small one, because it reads all metadata. A plain
file has none: no EXIF data, no colour profile, no transparency, no second frame. Its pixels come from the
same decoder with the same arguments, so they are the same. A file that is not plain, or broken in any way, is
left to `f2a_faces.images`, which says what is wrong with it.
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image

_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_HARMLESS = b"\xdb\xc4\xdd\xe0\xfe"  # DQT, DHT, DRI, APP0 (JFIF), COM
_FRAMES = b"\xc0\xc1\xc2"  # SOF0 to SOF2: Huffman coded
_SCAN = 0xDA  # SOS
_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x00IEND\xaeB`\x82"
_RGB = bytes((8, 2, 0, 0, 0))  # in IHDR: 8 bits, red green blue, not interlaced

_LAST_FILTER = 4  # Paeth


class Plain(NamedTuple):
    """A plain file.

    Attributes:
        size: width and height in pixels.
        data: all its bytes.
    """

    size: tuple[int, int]
    data: bytes

    def image(self) -> Image.Image | None:
        """The pixels, RGB; None if they are broken."""
        try:
            if self.data.startswith(_JPEG):
                return Image.frombytes("RGB", self.size, self.data, "jpeg", "RGB", "")
            return Image.frombytes("RGB", self.size, _compressed(self.data), "zip", "RGB")
        except (ValueError, OSError):
            return None

    def is_intact(self) -> bool:
        """Whether `image` returns pixels. A PNG only has to be decompressed."""
        return _has_all_rows(self) if self.data.startswith(_PNG) else self.image() is not None


def plain(data: bytes, most_pixels: int) -> Plain | None:
    """Recognise a plain JPEG or PNG file by its headers.

    Args:
        data: all bytes.
        most_pixels: larger images are not plain.

    Returns:
        None if it is another one.
    """
    width, height = 0, 0
    if data.startswith(_JPEG) and data.endswith(_JPEG_END):
        width, height = _jpeg_size(data)
    elif data.startswith(_PNG) and data.endswith(_PNG_END):
        width, height = _png_size(data)
    return Plain((width, height), data) if 0 < width * height <= most_pixels else None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """The size of a baseline or progressive JPEG of three colours without data of applications; else 0, 0."""
    at, size = 2, (0, 0)
    while data[at : at + 1] == b"\xff" and at + 20 < len(data):
        kind = data[at + 1]
        if kind == _SCAN:
            return size
        if kind in _FRAMES and data[at + 4] == 8 and data[at + 9] == 3 and size == (0, 0):
            size = int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        elif kind not in _HARMLESS:
            break
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0, 0


def _png_size(data: bytes) -> tuple[int, int]:
    """The size of a PNG with three colours of 8 bits and no chunks but those of the pixels; else 0, 0."""
    names = [data[start : start + 4] for start, _ in _chunks(data)]
    in_order = names[:1] == [b"IHDR"] and set(names[1:-1]) == {b"IDAT"} and names[-1] == b"IEND"
    if not in_order or data[24:29] != _RGB:
        return 0, 0
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _compressed(data: bytes) -> bytes:
    """The compressed pixels of a PNG, whose checksums are right.

    Raises:
        ValueError: one is wrong.
    """
    chunks = list(_chunks(data))
    if any(zlib.crc32(data[start:end]).to_bytes(4) != data[end : end + 4] for start, end in chunks):
        raise ValueError("wrong checksum")
    return b"".join(data[start + 4 : end] for start, end in chunks[1:-1])


def _has_all_rows(png: Plain) -> bool:
    """Whether a PNG's pixels can be unpacked, and are as many as it says, in rows that a decoder knows."""
    width, height = png.size
    row = 1 + 3 * width
    unpacker = zlib.decompressobj()
    try:
        rows = unpacker.decompress(_compressed(png.data), height * row + 1)
    except (ValueError, zlib.error):
        return False
    return unpacker.eof and len(rows) == height * row and max(rows[::row]) <= _LAST_FILTER


def _chunks(data: bytes) -> Iterator[tuple[int, int]]:
    """The ranges of a PNG's chunks, from their names to before their checksums."""
    at = len(_PNG)
    while at < len(data):
        start, end = at + 4, at + 8 + int.from_bytes(data[at : at + 4])
        yield start, end
        at = end + 4
