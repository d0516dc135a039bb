"""Parse and validate requests."""

import math
from typing import Annotated, Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

from f2a_manifests import Decision
from f2a_ui.views import STATES, Filter

MAX_BODY = 2 * 1024 * 1024  # bytes; the numbers of 200,000 faces
MAX_TILES = 500

Side = Annotated[int, msgspec.Meta(ge=1, lt=2**30)]
Number = Annotated[int, msgspec.Meta(ge=0, lt=2**30)]


class _Request(msgspec.Struct):
    faces: Annotated[list[Number], msgspec.Meta(min_length=1)]
    decision: Literal["keep", "drop"]


class Tilt(msgspec.Struct):
    """Faces that are tilted; see `Index.mark_tilted`."""

    faces: Annotated[list[Number], msgspec.Meta(min_length=1)]
    tilt: Literal["left", "right", ""]


class Drawing(msgspec.Struct):
    """A box that a person drew; see `Index.draw`."""

    face: Number
    box: tuple[Number, Number, Side, Side]
    redraw: bool


_REQUEST = msgspec.json.Decoder(_Request)
_TILT = msgspec.json.Decoder(Tilt)
_DRAWING = msgspec.json.Decoder(Drawing)


def to_filter(request: Request) -> Filter:
    """The query's filter; 400 if it names an unknown state, or a score that is no number."""
    query = request.query_params
    texts = {name: query.get(name, "") for name in ("flag", "state", "domain", "source", "tags", "text")}
    if texts["state"] and texts["state"] not in STATES:
        raise HTTPException(400, f"state is not one of {', '.join(STATES)}")
    return Filter(**texts, least=_to_score(query.get("least", "")), most=_to_score(query.get("most", "")))


def to_number(request: Request, name: str) -> int:
    """A number of the query, 0 by default; 400 if it is not one."""
    return _to_number(request.query_params.get(name, "0"))


def to_tiles(request: Request) -> list[int]:
    """The faces of a query, as ``faces=3,1,2``; 400 if they are not numbers, or too many."""
    texts = request.query_params.get("faces", "").split(",")
    if len(texts) > MAX_TILES:
        raise HTTPException(400, f"more than {MAX_TILES} faces")
    return list(map(_to_number, texts))


async def read_body(request: Request) -> bytes:
    """The body; 413 beyond `MAX_BODY`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413, "too many faces at once")
    return body


def to_decision(body: bytes) -> tuple[list[int], Decision]:
    """The faces and what is decided about them; 400 for anything but a keep or a drop."""
    try:
        asked = _REQUEST.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HTTPException(400, f"not a decision: {error}") from None
    return asked.faces, Decision(asked.decision)


def to_tilt(body: bytes) -> Tilt:
    """The faces and the side; 400 for anything else."""
    try:
        return _TILT.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HTTPException(400, f"not a tilt: {error}") from None


def to_drawing(body: bytes) -> Drawing:
    """The box; 400 for anything else."""
    try:
        return _DRAWING.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HTTPException(400, f"not a box: {error}") from None


def _to_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise HTTPException(400, f"{text[:20]!r} is not a number")
    return int(text)


def _to_score(text: str) -> float | None:
    try:
        score = float(text) if text else None
    except ValueError:
        score = math.nan
    if score is not None and not math.isfinite(score):
        raise HTTPException(400, f"{text[:20]!r} is not a score")
    return score
