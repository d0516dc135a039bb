"""review: what was decided on the page of ``f2a-review``, taken over."""

import click

from f2a_data.commands.options import report, workspace_option
from f2a_data.engine import runner, state
from f2a_data.stages import Review
from f2a_data.stages.dedup import copies_left_alone
from f2a_manifests import Workspace


@click.command(short_help="Take over the decisions made with f2a-review.")
@workspace_option
@click.option("--apply", is_flag=True, hidden=True, expose_value=False)  # what older scripts say
def review(workspace: Workspace) -> int:
    """Take the decisions made on the page of f2a-review over into the manifests.

    Dropped faces stay as rows with the reason. Where a copy may take the place of a dropped face, it says
    that dedup has to be run again.

    Example: f2a-data review
    """
    summary = runner.run(Review(), workspace)
    if bereft := copies_left_alone(workspace.load()):
        click.echo(f"{bereft} copies may take the place of faces that were dropped here", err=True)
        state.restart(workspace, "dedup", "review")
    return report(summary)


COMMANDS = (review,)
