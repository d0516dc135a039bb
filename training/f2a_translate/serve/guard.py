"""Accept requests only from the page itself, in a browser on this machine.

The server holds no data that the client did not send, so there is no token. But no other site may use
the server through the user's browser, neither by DNS rebinding nor from its own pages.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from f2a_page.guard import Guard

BODY_TYPE = "application/octet-stream"  # a form of another site cannot send this type


class ServeGuard(Guard):
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
