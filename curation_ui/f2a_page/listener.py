"""Listen on the loopback address and run an application there until Ctrl-C."""

import errno
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from f2a_manifests import ExitCode, FatalError
from f2a_page.guard import HOST


def listen(port: int) -> socket.socket:
    """A listening socket.

    Args:
        port: 0 for any free port.

    Raises:
        FatalError: the port is in use or invalid, or the system refuses it.
    """
    # Named as TCP: asyncio only then switches Nagle's algorithm off, which costs 40 ms a request.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listener, port)
    except BaseException:
        listener.close()
        raise
    return listener


@contextmanager
def server(app: ASGIApp) -> Generator[uvicorn.Server, None, None]:
    """A server whose ``run(sockets=[...])`` returns after Ctrl-C, also after one earlier in the block.

    Nothing in the block is interrupted: a KeyboardInterrupt in the middle of an import would leave Python's
    import lock held, and every thread that imports something would wait for ever.
    """
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # addresses may hold a token
        http="h11",
        ws="none",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    made = uvicorn.Server(config)
    with suppress(KeyboardInterrupt), made.capture_signals():  # which raises the signal again at its end
        yield made


def _bind(listener: socket.socket, port: int) -> None:
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OverflowError:
        raise FatalError(f"{port} is not a port number (0 to 65535)", ExitCode.USAGE) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise FatalError(f"cannot listen on port {port}: {error.strerror}") from error
        raise FatalError(f"port {port} is in use; use --port 0 for any free port", ExitCode.USAGE) from None
