"""Access control for a local page, and the security headers of every response."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def hosts(port: int) -> tuple[str, str]:
    """The host names of a server on this machine; any other name is DNS rebinding."""
    return f"{HOST}:{port}", f"localhost:{port}"


class Guard:
    """ASGI middleware that refuses foreign host names and the requests that `refusal` answers.

    Args:
        app: the application.
        port: the server's.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = hosts(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request, with the security headers on every response."""
        request = Request(scope)
        answer = self._foreign(request) or self.refusal(request) or self._app
        await answer(scope, receive, _sealed(send))

    def refusal(self, request: Request) -> Response | None:
        """The response to a request that does not reach the application, or None."""
        raise NotImplementedError

    def _foreign(self, request: Request) -> Response | None:
        if request.headers.get("host", "") in self._hosts:
            return None
        return PlainTextResponse("This page answers to 127.0.0.1 only.", 421)  # DNS rebinding


def _sealed(send: Send) -> Send:
    """Send with `HEADERS`; responses are not cached unless they set their own cache header."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return guarded
