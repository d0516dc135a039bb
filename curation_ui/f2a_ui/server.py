"""Serve the review page on this machine until Ctrl-C."""

import webbrowser

import click

from f2a_manifests import Decision, Domain, ExitCode, FatalError, Workspace
from f2a_manifests.append_only import only_writer
from f2a_manifests.decisions import Decisions
from f2a_manifests.outdated import refuse_outdated
from f2a_manifests.scan import units_with_faces
from f2a_page.listener import listen, server
from f2a_queue import remaining
from f2a_ui.app import build
from f2a_ui.groups import Groups
from f2a_ui.guard import Keys
from f2a_ui.index import Index
from f2a_ui.learning import Learner
from f2a_ui.rows import OF_FACES, OF_IMAGES


def serve(
    workspace: Workspace,
    *,
    domain: Domain | None = None,
    port: int = 0,
    open_browser: bool = True,
    name: str = "",
) -> None:
    """Show the review page until Ctrl-C, then print what has changed.

    Several may serve one workspace at a time: each sees the decisions of the others.

    Args:
        workspace: where the faces are; its manifests are only read.
        domain: show this one's faces; both when None.
        port: 0 for any free port.
        open_browser: open the page in the browser.
        name: of the user; written to the log.

    Raises:
        FatalError: there is no face to review, the manifests are out of date, the port is in use, or a
            manifest or the log cannot be trusted.
    """
    refuse_outdated(workspace)
    units = units_with_faces(workspace, OF_IMAGES, OF_FACES, (domain,) if domain else Domain)
    if not units:
        message = f"there are no faces to review in {workspace.root}; run `f2a-data crop` first"
        raise FatalError(message, ExitCode.NO_RESULTS)
    workspace.create()
    with listen(port) as listener:
        with only_writer(workspace.decisions_log):  # where nothing can be written, say so now
            index = Index(units, Decisions.load(workspace.decisions_log, name))
        keys = Keys(listener.getsockname()[1])
        learner = Learner(workspace, index)
        app = build(workspace, index, Groups(units, index.log), learner, keys)
        with server(app) as page, learner.working():
            _announce(index, keys.address, open_browser=open_browser)
            page.run(sockets=[listener])
    _conclude(index)
    _say_what_is_left(workspace, learner)


def _announce(index: Index, address: str, *, open_browser: bool) -> None:
    flagged = [number for number, face in enumerate(index.faces) if face.flags]
    undecided = sum(not index.decision(number) for number in flagged)
    click.echo(f"{len(index.faces):,} faces, {len(flagged):,} flagged, {undecided:,} of those undecided.")
    click.echo(f"\n    {address}\n")
    click.echo("Do not share the address: its token opens the page. Decisions are saved immediately.")
    click.echo("Ctrl-C ends the review.")
    if open_browser:
        webbrowser.open(address)


def _conclude(index: Index) -> None:
    """One line: what this review has changed, and what to run next."""
    changed, counts = index.changed(), index.log.counts()
    words = {Decision.KEEP: "kept", Decision.DROP: "dropped", Decision.NONE: "undecided again"}
    told = [f"{changed[decision]:,} {word}" for decision, word in words.items() if changed[decision]]
    if drawn := index.drawn():
        told.append(f"{drawn:,} box{'' if drawn == 1 else 'es'} drawn")
    if said := index.said():
        told.append(f"{said:,} decision{'' if said == 1 else 's'} about copies or tilt")
    command = "crop, which cuts the faces you drew" if drawn else "review, which applies them"
    changes = ", ".join(told) or "nothing changed"
    click.echo(f"\nThis review: {changes}; {counts.total():,} decisions in {index.log.path}. ", nl=False)
    click.echo(f"Next: f2a-data {command}")


def _say_what_is_left(workspace: Workspace, learner: Learner) -> None:
    """Write the estimate for `f2a-data review` and the data set's card, and say it if there is one."""
    estimate = learner.estimate()
    remaining.write(workspace, estimate)
    if estimate.sampled and estimate.unseen:
        click.echo(str(estimate))
