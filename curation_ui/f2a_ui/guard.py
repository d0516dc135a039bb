"""Who may talk to the page: the person who ran the command, in a browser on this machine, nobody else.

The printed address carries a token once; it becomes a cookie that other sites cannot use and scripts
cannot read. Changing anything takes a second token that stands only inside the page itself.
"""

import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from f2a_page import HOST, hosts, sealed


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of one run of the server on one port."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """In the printed address, then in the cookie."""
    page_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """In the page, then in the header ``X-Page-Token`` of every POST."""

    @property
    def cookie(self) -> str:
        """The cookie's name; browsers share cookies between the ports of one host."""
        return f"f2a_review_{self.port}"

    @property
    def address(self) -> str:
        """What opens the page."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    @property
    def hosts(self) -> tuple[str, str]:
        """What a browser on this machine calls the server."""
        return hosts(self.port)


class Guard:
    """ASGI middleware that refuses every request without the right host, token and origin."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request, with the security headers on whatever is sent."""
        answer = self._answer(Request(scope)) or self._app
        await answer(scope, receive, sealed(send))

    def _answer(self, request: Request) -> Response | None:
        """The refusal or the login; None for a request that may pass."""
        host = request.headers.get("host", "")
        if host not in self._keys.hosts:  # DNS rebinding: another name that leads to this machine
            return PlainTextResponse("This page answers to 127.0.0.1 only.", 421)
        if request.url.path == "/" and _same(request.query_params.get("token"), self._keys.token):
            return self._login()
        if not _same(request.cookies.get(self._keys.cookie), self._keys.token):
            return PlainTextResponse("Open the address that `f2a-review` printed, with its token.", 401)
        if request.method not in ("GET", "HEAD") and not self._from_page(request, host):
            return PlainTextResponse("Only the review page itself may do this.", 403)
        return None

    def _login(self) -> Response:
        response = RedirectResponse("/", 303)
        response.set_cookie(self._keys.cookie, self._keys.token, httponly=True, samesite="strict", path="/")
        return response

    def _from_page(self, request: Request, host: str) -> bool:
        same_origin = request.headers.get("origin") == f"http://{host}"
        return same_origin and _same(request.headers.get("x-page-token"), self._keys.page_token)


def _same(given: str | None, secret: str) -> bool:
    return given is not None and secrets.compare_digest(given.encode(), secret.encode())
