"""Serving the page on this machine until Ctrl-C."""

import webbrowser
from collections.abc import Sequence
from contextlib import closing

import click
import numpy as np

from f2a_faces.detectors import Detector, find_faces
from f2a_page.guard import HOST
from f2a_page.listener import listen, server
from f2a_translate.photo import photo_detectors
from f2a_translate.serve.app import build
from f2a_translate.translator import Translator


def serve(translator: Translator, *, port: int = 8765, open_browser: bool = True) -> None:
    """Show the page until Ctrl-C.

    Args:
        translator: see `f2a_train.generators.load`.
        port: 0 for any free port.
        open_browser: open the page in the browser.

    Raises:
        FatalError: the port is in use, or the network does not work.
    """
    tried = photo_detectors(translator.card.source)
    _warm_up(translator, tried)
    with closing(listen(port)) as listener:
        number = listener.getsockname()[1]
        with server(build(translator, tried, number)) as page:
            _announce(f"http://{HOST}:{number}/", open_browser=open_browser)
            page.run(sockets=[listener])
    click.echo("The page has ended.")


def _warm_up(translator: Translator, tried: Sequence[Detector]) -> None:
    """The first call of each network is slower; and a broken network fails here, before the page opens."""
    side = translator.card.size
    for detector in tried:
        find_faces(np.zeros((512, 512, 3), np.uint8), detector)
    translator(np.zeros((1, side, side, 3), np.uint8))


def _announce(address: str, *, open_browser: bool) -> None:
    click.echo(f"\n    {address}\n\nPhotos stay on this machine and are not kept. Ctrl-C ends the page.")
    if open_browser:
        webbrowser.open(address)
