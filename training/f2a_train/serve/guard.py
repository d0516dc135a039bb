"""Who may talk to the page: a browser on this machine that has the page itself open, nobody else.

There is nothing to read that the asker did not send, so there is no token; but no other site may use
the server through the person's browser, neither under a name that leads here nor from its own pages.
"""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
BODY_TYPE = "application/octet-stream"  # a form of another site cannot send this type
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """ASGI middleware that refuses every request without the right host and, for photos, origin and type.

    Args:
        app: what answers the others.
        port: the server's.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = f"{HOST}:{port}", f"localhost:{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request, with the security headers on whatever is sent."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._refusal(Request(scope)) or self._app
        await answer(scope, receive, guarded)

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
