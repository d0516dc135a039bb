"""Parse and validate requests."""

from typing import Annotated, Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

from f2a_manifests import Decision
from f2a_ui.views import STATES, Filter

MAX_BODY = 64 * 1024  # bytes; a page of the longest ids takes 12 KB


class _Request(msgspec.Struct):
    ids: Annotated[list[str], msgspec.Meta(min_length=1)]
    decision: Literal["keep", "drop"]


_REQUEST = msgspec.json.Decoder(_Request)


def to_filter(request: Request) -> Filter:
    """The query's filter; 400 if it names an unknown state."""
    query = request.query_params
    wanted = Filter(query.get("flag", ""), query.get("state", ""), query.get("domain", ""))
    if wanted.state and wanted.state not in STATES:
        raise HTTPException(400, f"state is not one of {', '.join(STATES)}")
    return wanted


def to_page(request: Request) -> int:
    """The query's page, from 0; 400 if it is not a number."""
    text = request.query_params.get("page", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise HTTPException(400, "page is not a number")
    return int(text)


async def read_body(request: Request) -> bytes:
    """The body; 413 beyond `MAX_BODY`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413, "too many faces at once")
    return body


def to_decision(body: bytes) -> tuple[list[str], Decision]:
    """The ids and what is decided about them; 400 for anything but a keep or a drop."""
    try:
        asked = _REQUEST.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HTTPException(400, f"not a decision: {error}") from None
    return asked.ids, Decision(asked.decision)
