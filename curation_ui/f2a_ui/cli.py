"""The ``f2a-review`` command."""

import getpass

import click

from f2a_manifests import Domain, Workspace
from f2a_manifests.command_line import CONTEXT, Program, workspace_option
from f2a_manifests.version import __version__


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""


@click.command(
    "f2a-review", cls=Program, context_settings=CONTEXT, epilog="Example: f2a-review --domain anime"
)
@click.version_option(__version__, prog_name="f2a-review")
@workspace_option
@click.option("--domain", type=click.Choice([domain.value for domain in Domain]), help="Only one domain.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 for any free port.")
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser.")
@click.option("--name", default=_login, show_default="your login", help="User name for the log; '' for none.")
def main(workspace: Workspace, domain: str | None, port: int, *, browser: bool, name: str) -> None:
    """Keep or drop flagged faces on a local page, with the keyboard.

    Every decision is on disk before the page shows it, and survives a new detection. Several people may
    review one workspace at a time: the last decision about a face counts. Press Ctrl-C to stop; then f2a-data
    review applies the decisions to the manifests.
    """
    from f2a_ui import server  # noqa: PLC0415 -- --help needs no web server

    only = Domain(domain) if domain else None
    server.serve(workspace, domain=only, port=port, open_browser=browser, name=name)
