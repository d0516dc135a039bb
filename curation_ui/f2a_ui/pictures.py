"""A face's images: its crop as stored, and its source image re-encoded."""

import io
import threading

from PIL import Image
from starlette.responses import PlainTextResponse, Response

from f2a_faces.crop import CropError, crop_face, parse_rule
from f2a_faces.images import ImageError, decode, encode_png
from f2a_manifests import FatalError, Reason, Record, Workspace
from f2a_ui.rows import ReviewFace

MAX_SIDE = 1200  # pixels; fills a large window
# Only the user's own browser may cache them; the address of a crop changes with its content.
PRIVATE = {"Cache-Control": "private, max-age=3600"}

MAX_DRAWN = 1000
MAX_CROP = 16 * 1024 * 1024  # bytes
PNG_START, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"

# A path out of the workspace, a broken picture, NUL characters in a name, links in a circle.
UNUSABLE = (FatalError, ImageError, CropError, OSError, ValueError, RuntimeError)

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


class Drawn:
    """The crops of drawn boxes, cut from the full image, until the stage ``crop`` stores them."""

    def __init__(self) -> None:
        self._crops: dict[str, bytes] = {}

    def cut(self, workspace: Workspace, face: ReviewFace) -> bytes:
        """The crop, as PNG.

        Raises:
            Exception: one of `UNUSABLE`; the box cannot be cropped, or the image cannot be read.
        """
        name = face.record.id
        if name not in self._crops:
            with _one_at_a_time:
                pixels = decode(workspace.file(face.image)).pixels
            if len(self._crops) >= MAX_DRAWN:
                self._crops.pop(next(iter(self._crops)), None)
            self._crops[name] = encode_png(
                crop_face(pixels, face.record.box, parse_rule(face.record.crop_rule))
            )
        return self._crops[name]

    def show(self, workspace: Workspace, face: ReviewFace) -> Response:
        """The crop; 404 with the reason as text where there is none."""
        try:
            return Response(self.cut(workspace, face), media_type="image/png", headers=PRIVATE)
        except UNUSABLE as error:
            return _cannot_show(face.record, error)


def _read(workspace: Workspace, face: Record) -> bytes:
    path = workspace.file(face)
    if not path.is_file():  # missing, or a pipe, which would never end
        raise ImageError(Reason.FILE_MISSING)
    if path.stat().st_size > MAX_CROP:
        raise ImageError(Reason.FILE_TOO_LARGE, "for a crop")
    data = path.read_bytes()
    if not (data.startswith(PNG_START) and data.endswith(PNG_END)):
        raise ImageError(Reason.BROKEN_IMAGE, "it is not a complete PNG")
    return data


def _cannot_show(record: Record, error: Exception) -> Response:
    return PlainTextResponse(f"{record.path or record.id}: {error}", 404)
