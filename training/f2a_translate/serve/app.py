"""The page's addresses.

    GET  /                  the page
    GET  /static/NAME       its style and scripts
    POST /api/translate     a photo's bytes; whole=1 takes its centre square instead of detecting faces

The answer is a line of JSON for the photo (``width``, ``height``, and for each face its ``box``, the
``square`` that is cropped, and its ``problem``, mostly empty), then one for each face without a problem, as
soon as it is done (``face``, its number; ``source``, ``result`` and ``patch``, PNG in Base64). The patch is
the result with an edge that fades out, for the place of the square. Errors are plain text. Nothing is stored.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from f2a_faces.detectors import Detector
from f2a_faces.images import ImageError, Pixels, encode_png
from f2a_manifests import FatalError
from f2a_page.files import Files
from f2a_translate.in_place import patch
from f2a_translate.photo import Photo, centre, detect_and_crop
from f2a_translate.serve.guard import ServeGuard
from f2a_translate.translator import Translator

MAX_BYTES = 32 * 1024**2
MAX_FACES = 40
"""The most faces per photo, those with the highest scores; a crowd would take too long."""
NOUNS: dict[str, dict[str, object]] = {
    "human": {"photo": "photo", "made": "anime face", "a_made": "an anime face"},
    "anime": {"photo": "drawing", "made": "human face", "a_made": "a human face"},
}
P = ParamSpec("P")
T = TypeVar("T")


class Page:
    """The handlers, over one translator and its detectors, used by one thread at a time."""

    def __init__(self, translator: Translator, tried: Sequence[Detector]) -> None:
        self._translator, self._tried = translator, tried
        self._lock = asyncio.Lock()
        words = NOUNS[translator.card.source] | {"size": translator.card.size, "max_bytes": MAX_BYTES}
        self._files = Files("f2a_translate.serve", words)

    def routes(self) -> list[Route]:
        """All addresses."""
        return [
            *self._files.routes(),
            Route("/api/translate", self.translate, methods=["POST"]),
        ]

    async def translate(self, request: Request) -> Response:
        """Detect the faces of a photo, then translate them one by one."""
        data = await read_photo(request)
        whole = request.query_params.get("whole") == "1"
        try:
            photo = await self._in_thread(self._look, data, whole=whole)
        except ImageError as error:
            raise HTTPException(422, str(error)) from None
        return StreamingResponse(self._lines(photo), media_type="application/x-ndjson")

    def _look(self, data: bytes, *, whole: bool) -> Photo:
        training = self._translator.card.rule
        photo = centre(data, training) if whole else detect_and_crop(data, training, self._tried)
        return Photo(photo.width, photo.height, photo.faces[:MAX_FACES])

    async def _lines(self, photo: Photo) -> AsyncIterator[str]:
        faces = [
            {"box": face.box, "square": face.square, "problem": str(face.problem or "")}
            for face in photo.faces
        ]
        yield _line({"width": photo.width, "height": photo.height, "faces": faces})
        for number, face in enumerate(photo.faces):
            if face.crop is not None:
                yield await self._in_thread(self._made, number, face.crop)

    def _made(self, number: int, crop: Pixels) -> str:
        try:
            result = self._translator(crop[None])[0]
        except FatalError as error:
            return _line({"face": number, "problem": str(error)})
        images = {"source": crop, "result": result, "patch": patch(result)}
        return _line({"face": number} | {name: _png(pixels) for name, pixels in images.items()})

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        async with self._lock:
            return await run_in_threadpool(work, *args, **named)


async def read_photo(request: Request) -> bytes:
    """The body.

    Raises:
        HTTPException: 413 beyond `MAX_BYTES`, as soon as that is known; 400 for none.
    """
    announced = request.headers.get("content-length", "")
    body = bytearray()
    if announced.isdecimal() and int(announced) > MAX_BYTES:
        raise _too_large()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise _too_large()
    if not body:
        raise HTTPException(400, "the file is empty")
    return bytes(body)


def build(translator: Translator, tried: Sequence[Detector], port: int) -> ServeGuard:
    """The application, with the guard around all of it, error pages included."""
    return ServeGuard(Starlette(routes=Page(translator, tried).routes()), port)


def _too_large() -> HTTPException:
    # Hang up: the server would otherwise read the rest to its end, which may never come.
    return HTTPException(413, f"larger than {MAX_BYTES // 2**20} MB", {"Connection": "close"})


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values) + "\n"


def _png(pixels: Pixels) -> str:
    return base64.b64encode(encode_png(pixels)).decode()
