"""What browsers are told with every answer, and what a page calls itself."""

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

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
    """What a browser on this machine calls a server; any other name is DNS rebinding."""
    return f"{HOST}:{port}", f"localhost:{port}"


def sealed(send: Send) -> Send:
    """Send with `HEADERS`; nothing is cached unless the answer itself says so."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return guarded
