"""Recognise a file by its first bytes."""

_MAGIC = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
    (b"\xff\x4f\xff\x51", "jp2"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
    (b"\xff\x0a", "jxl"),
)
_BRANDS = {b"avif": "avif", b"avis": "avif"} | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "heic"
)
HEAD_BYTES = 16
BLANKS = b"\r\n\t "
"""Blank lines that server scripts put before an image by mistake; decoders refuse them, `repair` removes
them."""
_OLD = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"})
SUFFIXES = _OLD | {".avif", ".heic", ".heif", ".jp2", ".jxl"}
"""Of files that are meant to be images."""


def image_suffix(head: bytes) -> str:
    """The file suffix for an image's first bytes; empty for unknown files."""
    head = head.lstrip(BLANKS)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "")
    return next((suffix for magic, suffix in _MAGIC if head.startswith(magic)), "")
