"""Who may talk to the page: a browser on this machine that has the page itself open, nobody else.

There is nothing to read that the asker did not send, so there is no token; but no other site may use
the server through the person's browser, neither under a name that leads here nor from its own pages.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from f2a_page import hosts, sealed

BODY_TYPE = "application/octet-stream"  # a form of another site cannot send this type


class Guard:
    """ASGI middleware that refuses every request without the right host and, for photos, origin and type.

    Args:
        app: what answers the others.
        port: the server's.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = hosts(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request, with the security headers on whatever is sent."""
        answer = self._refusal(Request(scope)) or self._app
        await answer(scope, receive, sealed(send))

    def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        if host not in self._hosts:  # DNS rebinding: another name that leads to this machine
            return PlainTextResponse("This page answers to 127.0.0.1 only.", 421)
        if request.method in ("GET", "HEAD"):
            return None
        if request.headers.get("origin") != f"http://{host}":
            return PlainTextResponse("Only the page itself may send photos.", 403)
        if request.headers.get("content-type") != BODY_TYPE:
            return PlainTextResponse(f"A photo is sent as {BODY_TYPE}.", 415)
        return None
