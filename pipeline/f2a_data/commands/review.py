"""review: the page in the browser."""

import click

from f2a_data.commands.options import report, workspace_option
from f2a_data.engine import runner, state
from f2a_data.stages import Review
from f2a_data.stages.dedup import copies_left_alone
from f2a_manifests import Domain, Workspace


@click.command(short_help="Look through flagged faces in the browser.")
@workspace_option
@click.option("--domain", type=click.Choice([domain.value for domain in Domain]), help="Only one domain.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser.")
@click.option("--apply", "only_apply", is_flag=True, help="Only take over the decisions made so far.")
def review(workspace: Workspace, domain: str | None, port: int, *, browser: bool, only_apply: bool) -> int:
    """Keep or drop flagged faces on a local page, with the keyboard.

    Every decision is on disk before the page shows it, and outlives a new detection. When the page is
    closed with Ctrl-C, the decisions are taken over into the manifests.

    Example: f2a-data review --domain anime
    """
    if not only_apply:
        _serve(workspace, Domain(domain) if domain else None, port, browser=browser)
    summary = runner.run(Review(), workspace)
    if bereft := copies_left_alone(workspace.load()):
        click.echo(f"{bereft} copies may take the place of faces that were dropped here", err=True)
        state.restart(workspace, "dedup", "review")
    return report(summary)


def _serve(workspace: Workspace, domain: Domain | None, port: int, *, browser: bool) -> None:
    from f2a_ui import server  # noqa: PLC0415 -- a web server that no other command needs

    server.serve(workspace, domain=domain, port=port, open_browser=browser)


COMMANDS = (review,)
