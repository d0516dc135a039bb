"""A face's images: its crop as stored, and its source image re-encoded."""

import io
import threading

from PIL import Image
from starlette.responses import PlainTextResponse, Response

from f2a_faces.images import ImageError, decode
from f2a_manifests import FatalError, Reason, Record, Workspace

MAX_SIDE = 1200  # pixels; fills a large window
# The browser of the one who may see them keeps them; addresses of crops change with their content.
PRIVATE = {"Cache-Control": "private, max-age=3600"}

MAX_CROP = 16 * 1024 * 1024  # bytes
PNG_START, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"

# A path out of the workspace, a broken picture, NUL characters in a name, links in a circle.
UNUSABLE = (FatalError, ImageError, OSError, ValueError, RuntimeError)

_one_at_a_time = threading.Lock()  # a decoded image of 100 million pixels takes 300 MB


def crop(workspace: Workspace, face: Record) -> Response:
    """A face's crop; 404 with the reason as text where there is no whole PNG."""
    try:
        data = _read(workspace, face)
    except UNUSABLE as error:
        return _cannot_show(face, error)
    return Response(data, media_type="image/png", headers=PRIVATE)


def source(workspace: Workspace, image: Record) -> Response:
    """A source image, scaled down to `MAX_SIDE` and re-encoded, never the untrusted file itself.

    The headers ``X-Full-Width`` and ``X-Full-Height`` give the pixels that boxes refer to. A picture
    that cannot be shown is a 404 with the reason as text.
    """
    try:
        with _one_at_a_time:
            decoded = decode(workspace.file(image), max_side=MAX_SIDE)
    except UNUSABLE as error:
        return _cannot_show(image, error)
    size = {"X-Full-Width": str(decoded.width), "X-Full-Height": str(decoded.height)}
    buffer = io.BytesIO()
    Image.fromarray(decoded.pixels).save(buffer, "JPEG", quality=92, subsampling=0)
    return Response(buffer.getvalue(), media_type="image/jpeg", headers=PRIVATE | size)


def _read(workspace: Workspace, face: Record) -> bytes:
    path = workspace.file(face)
    if not path.is_file():  # nothing, or a pipe that would never end
        raise ImageError(Reason.FILE_MISSING)
    if path.stat().st_size > MAX_CROP:
        raise ImageError(Reason.FILE_TOO_LARGE, "for a crop")
    data = path.read_bytes()
    if not (data.startswith(PNG_START) and data.endswith(PNG_END)):
        raise ImageError(Reason.BROKEN_IMAGE, "it is not a complete PNG")
    return data


def _cannot_show(record: Record, error: Exception) -> Response:
    return PlainTextResponse(f"{record.path or record.id}: {error}", 404)
