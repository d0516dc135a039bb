"""Access control for the page: only the user who ran the command, in a browser on this machine.

The printed address has a token, which becomes a cookie that other sites cannot use and scripts
cannot read. Changes need a second token that is only in the page itself.
"""

import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from f2a_page.guard import HOST, Guard


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


class ReviewGuard(Guard):
    """Refuses every request without the right token and, for changes, origin."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        super().__init__(app, keys.port)
        self._keys = keys

    def refusal(self, request: Request) -> Response | None:
        """The refusal or the login; None for a request that may pass."""
        if request.url.path == "/" and _same(request.query_params.get("token"), self._keys.token):
            return self._login()
        if not _same(request.cookies.get(self._keys.cookie), self._keys.token):
            return PlainTextResponse("Open the address that `f2a-review` printed, with its token.", 401)
        if request.method not in ("GET", "HEAD") and not self._from_page(request):
            return PlainTextResponse("Only the review page itself may do this.", 403)
        return None

    def _login(self) -> Response:
        response = RedirectResponse("/", 303)
        response.set_cookie(self._keys.cookie, self._keys.token, httponly=True, samesite="strict", path="/")
        return response

    def _from_page(self, request: Request) -> bool:
        same_origin = request.headers.get("origin") == f"http://{request.headers['host']}"
        return same_origin and _same(request.headers.get("x-page-token"), self._keys.page_token)


def _same(given: str | None, secret: str) -> bool:
    return given is not None and secrets.compare_digest(given.encode(), secret.encode())
