"""``f2a-train serve``."""

from typing import Any

import click

from f2a_train.commands.options import generator_options


@click.command(epilog="Example: f2a-train serve --checkpoint runs/first")
@generator_options
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any free port."
)
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser.")
def serve(port: int, *, browser: bool, **which: Any) -> None:  # noqa: ANN401
    """Serve a local page that translates the faces of a photo you drop on it.

    Photos stay on this machine and are not stored.
    """
    from f2a_train.generators import load  # noqa: PLC0415 -- see the package
    from f2a_translate.serve import server  # noqa: PLC0415

    server.serve(load(**which), port=port, open_browser=browser)
