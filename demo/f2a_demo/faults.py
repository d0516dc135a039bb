"""Inject network and server faults between a booru and a client.

An ASGI middleware that also keeps the log of requests.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from starlette.datastructures import Headers, QueryParams
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Kind(StrEnum):
    """The ways in which a request can fail."""

    STATUS = "status"  # an error status, 429 for example
    DROP = "drop"  # the connection ends before the first byte of the body
    TRUNCATE = "truncate"  # the connection ends in the middle of the body
    HTML = "html"  # an HTML page with status 200 instead of what was asked for
    SLOW = "slow"  # the answer is right but late


@dataclass(slots=True)
class Fault:
    """A fault in the next requests of a path.

    Attributes:
        path: a regular expression that is searched for in the request's path.
        kind: what happens.
        times: to how many requests it happens before the fault is over.
        status: for ``STATUS``.
        headers: for ``STATUS``, ``{"Retry-After": "1"}`` for example.
        seconds: for ``SLOW``.
    """

    path: str
    kind: Kind
    times: int = 1
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def strikes(self, path: str) -> bool:
        """Whether it happens to this request, which is then counted."""
        if not self.times or not re.search(self.path, path):
            return False
        self.times -= 1
        return True


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the server's log; it has whether there was a login, but never the login itself."""

    at: float
    """`time.monotonic` when it came."""
    path: str
    query: Mapping[str, str]
    user_agent: str
    range: str
    with_login: bool
    status: int


class Unreliable:
    """Wraps an application and injects faults."""

    def __init__(self, app: ASGIApp, faults: list[Fault]) -> None:
        self._app = app
        self._faults = faults
        self.log: list[Request] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        at, statuses = time.monotonic(), [0]

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses[0] = message["status"]
                self.log.append(_request(scope, at, message["status"]))
            await send(message)

        fault = next((fault for fault in self._faults if fault.strikes(scope["path"])), None)
        try:
            await self._answer(fault, scope, receive, logged)
        except _LineCutError:
            return  # uvicorn closes a connection whose answer is not complete

    async def _answer(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind is Kind.STATUS:
            answer = JSONResponse({"success": False}, fault.status, dict(fault.headers))
            await answer(scope, receive, send)
        elif fault.kind is Kind.HTML:
            await HTMLResponse("<!DOCTYPE html><title>Please wait</title>")(scope, receive, send)
        elif fault.kind is Kind.SLOW:
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _cut(send, keep_half=fault.kind is Kind.TRUNCATE))


class _LineCutError(Exception):
    """Raised to close the connection."""


def _cut(send: Send, *, keep_half: bool) -> Send:
    """Send the headers, half of the body or none of it, and no more."""

    async def cut(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            return
        body = message.get("body", b"")
        part = body[: len(body) // 2] if keep_half else b""
        await send({"type": "http.response.body", "body": part, "more_body": True})
        raise _LineCutError

    return cut


def _request(scope: Scope, at: float, status: int) -> Request:
    headers = Headers(scope=scope)
    return Request(
        at=at,
        path=scope["path"],
        query=dict(QueryParams(scope["query_string"])),
        user_agent=headers.get("user-agent", ""),
        range=headers.get("range", ""),
        with_login="authorization" in headers,
        status=status,
    )
