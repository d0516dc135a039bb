"""Who may talk to the page: a browser on this machine that has the page itself open, nobody else.

There is nothing to read that the asker did not send, so there is no token; but no other site may use
the server through the person's browser, neither under a name that leads here nor from its own pages.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

import f2a_page

BODY_TYPE = "application/octet-stream"  # a form of another site cannot send this type


class ServeGuard(f2a_page.Guard):
    """Refuses photos that do not come from the page itself."""

    def refusal(self, request: Request) -> Response | None:
        """None for a request that may pass."""
        if request.method in ("GET", "HEAD"):
            return None
        if request.headers.get("origin") != f"http://{request.headers['host']}":
            return PlainTextResponse("Only the page itself may send photos.", 403)
        if request.headers.get("content-type") != BODY_TYPE:
            return PlainTextResponse(f"A photo is sent as {BODY_TYPE}.", 415)
        return None
