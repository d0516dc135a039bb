"""What a file is by its first bytes."""

_MAGIC = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
)
HEAD_BYTES = 16


def image_suffix(head: bytes) -> str:
    """The file suffix that an image's first bytes ask for; empty for no known image."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((suffix for magic, suffix in _MAGIC if head.startswith(magic)), "")
