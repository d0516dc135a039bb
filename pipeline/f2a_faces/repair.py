"""Repairs files that decoders refuse although all their pixels are there.

PNG: a text or other ancillary chunk with a wrong checksum, or with more text than a decoder unpacks, as image
generators and drawing sites write them, or an animation that is broken after a complete image. JPEG: only the
two bytes of the end marker are missing. Both: blank lines at the start, as server scripts send them. A truly
truncated file stays an error.
"""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from f2a_faces.magic import BLANKS

_PNG, _JPEG, _JPEG_END = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd9"
_NEEDLESS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"acTL", b"fcTL", b"fdAT"})  # texts, animation
_FILLING = b"\x55" * 64


def repaired(data: bytes) -> bytes | None:
    """The same image without the broken parts; None if there are none, or pixels are missing."""
    image = data.lstrip(BLANKS)
    if image.startswith(_PNG):
        image = _without_side_chunks(image)
    elif image.startswith(_JPEG) and not image.endswith(_JPEG_END):
        cut = image.removesuffix(_JPEG_END[:1])
        image = cut + _JPEG_END if _is_whole(cut) else image
    return image if image != data else None


def _without_side_chunks(data: bytes) -> bytes:
    kept = (
        whole
        for kind, whole in _chunks(data)
        if _is_critical(kind) or (kind not in _NEEDLESS and _is_sound(whole))
    )
    return _PNG + b"".join(kept)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk's kind, and all its bytes."""
    at = len(_PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at : at + 12 + length]
        at += 12 + length


def _is_critical(kind: bytes) -> bool:
    """Whether a chunk is critical (PNG specification, section 5.4)."""
    return not kind[0] & 0x20


def _is_sound(chunk: bytes) -> bool:
    return len(chunk) >= 12 and zlib.crc32(chunk[4:-4]) == struct.unpack(">I", chunk[-4:])[0]


def _is_whole(data: bytes) -> bool:
    """Whether bytes after a JPEG's data change nothing: missing rows would be decoded from them."""
    try:
        pictures = [_pixels(data + more + _JPEG_END) for more in (b"", _FILLING)]
    except Exception:  # noqa: BLE001 -- decoders raise nearly anything on broken data
        return False
    return pictures[0] == pictures[1]


def _pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        return bytes(image.tobytes())
