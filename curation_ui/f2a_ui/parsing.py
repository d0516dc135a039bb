"""What requests ask for, checked."""

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from f2a_manifests import Decision
from f2a_ui.views import STATES, Filter

MAX_BODY = 64 * 1024  # bytes; a page of the longest ids takes 12 KB


def to_filter(request: Request) -> Filter:
    """The query's filter; 400 where it names an unknown state."""
    query = request.query_params
    wanted = Filter(query.get("flag", ""), query.get("state", ""), query.get("domain", ""))
    if wanted.state and wanted.state not in STATES:
        raise HTTPException(400, f"state is none of {', '.join(STATES)}")
    return wanted


def to_page(request: Request) -> int:
    """The query's page, from 0; 400 where it is no number."""
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
        values = json.loads(body)
        identifiers, decision = values["ids"], Decision(values["decision"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise HTTPException(400, "not a decision") from None
    if decision is Decision.NONE or not isinstance(identifiers, list) or not _all_text(identifiers):
        raise HTTPException(400, "not a decision")
    return identifiers, decision


def _all_text(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, str) for value in values)
