"""Serve the review page on this machine until Ctrl-C."""

import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click
from filelock import FileLock, Timeout

from f2a_manifests import Decision, Domain, ExitCode, FatalError, Workspace
from f2a_manifests.decisions import Decisions
from f2a_page import listen, run
from f2a_ui.app import build
from f2a_ui.guard import Keys
from f2a_ui.index import Index


def serve(
    workspace: Workspace,
    *,
    domain: Domain | None = None,
    port: int = 0,
    open_browser: bool = True,
) -> None:
    """Show the review page until Ctrl-C, then say how many decisions there are.

    Args:
        workspace: where the faces are; its manifests are only read.
        domain: show this one's faces; both when None.
        port: 0 for any free port.
        open_browser: open the page in the browser.

    Raises:
        FatalError: there is no face to review, the port is in use, another review of this workspace
            is open, or a manifest or the log cannot be trusted.
    """
    units = [unit for unit in workspace.load() if domain in (None, unit.image.domain)]
    if not any(unit.faces for unit in units):
        message = f"there are no faces to review in {workspace.root}; run `f2a-data crop` first"
        raise FatalError(message, ExitCode.NO_RESULTS)
    with _only_one(workspace), listen(port) as listener:
        index = Index(units, Decisions.load(workspace.decisions_log))
        keys = Keys(listener.getsockname()[1])
        app = build(workspace, index, keys)
        with suppress(KeyboardInterrupt):  # also before the server listens for it itself
            _announce(index, keys.address, open_browser=open_browser)
            run(app, listener)
    _conclude(index.log)


@contextmanager
def _only_one(workspace: Workspace) -> Iterator[None]:
    """Two servers would each miss the other's decisions."""
    workspace.create()
    try:
        with FileLock(workspace.decisions_log.with_suffix(".lock"), timeout=0):
            yield
    except Timeout:
        raise FatalError(f"another review of {workspace.root} is open; end it with Ctrl-C first") from None


def _announce(index: Index, address: str, *, open_browser: bool) -> None:
    flagged = [face for face in index.faces if face.flags]
    undecided = sum(not index.decision(face) for face in flagged)
    click.echo(f"{len(index.faces):,} faces, {len(flagged):,} flagged, {undecided:,} of those undecided.")
    click.echo(f"\n    {address}\n")
    click.echo("Do not share the address: its token opens the page. Decisions are saved immediately.")
    click.echo("Ctrl-C ends the review.")
    if open_browser:
        webbrowser.open(address)


def _conclude(log: Decisions) -> None:
    counts = log.counts()
    keep, drop = counts[Decision.KEEP], counts[Decision.DROP]
    click.echo(f"\n{keep + drop:,} decisions in {log.path} ({keep:,} keep, {drop:,} drop).")
    click.echo("Next: f2a-data review, which applies them")
