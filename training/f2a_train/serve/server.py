"""Serving the page on this machine until Ctrl-C."""

import errno
import os
import socket
import webbrowser
from collections.abc import Sequence
from contextlib import closing, suppress

import click
import numpy as np
import uvicorn
from starlette.types import ASGIApp

from f2a_faces.detectors import Detector
from f2a_manifests import ExitCode, FatalError
from f2a_train.photo import finders
from f2a_train.serve.app import build
from f2a_train.serve.guard import HOST
from f2a_train.translator import Translator


def serve(translator: Translator, *, port: int = 8765, open_browser: bool = True) -> None:
    """Show the page until Ctrl-C.

    Args:
        translator: see `f2a_train.translator.load`.
        port: 0 takes a free one.
        open_browser: open the page in the person's browser.

    Raises:
        FatalError: the port is in use, or the network does not work.
    """
    tried = finders(translator.card.source)
    _warm_up(translator, tried)
    with closing(_listen(port)) as listener, suppress(KeyboardInterrupt):
        number = listener.getsockname()[1]
        _announce(f"http://{HOST}:{number}/", open_browser=open_browser)
        _run(build(translator, tried, number), listener)
    click.echo("The page has ended.")


def _warm_up(translator: Translator, tried: Sequence[Detector]) -> None:
    """The first call of each network is slower; and a network that fails had better do so here."""
    side = translator.card.size
    for detector in tried:
        detector.detect(np.zeros((detector.max_side, detector.max_side, 3), np.uint8))
    translator(np.zeros((1, side, side, 3), np.uint8))


def _listen(port: int) -> socket.socket:
    # Named as TCP: asyncio only then switches Nagle's algorithm off, which costs 40 ms a request.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            raise FatalError(f"cannot listen on port {port}: {error.strerror}") from error
        raise FatalError(f"port {port} is in use; --port 0 takes a free one", ExitCode.USAGE) from None
    return listener


def _announce(address: str, *, open_browser: bool) -> None:
    click.echo(f"\n    {address}\n\nPhotos stay on this machine and are not kept. Ctrl-C ends the page.")
    if open_browser:
        webbrowser.open(address)


def _run(app: ASGIApp, listener: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        http="h11",
        ws="none",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[listener])
