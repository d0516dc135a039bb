"""review: apply the decisions made with ``f2a-review``."""

import click

from f2a_data.commands.options import report, workspace_option
from f2a_data.engine import runner, state
from f2a_data.stages import Review
from f2a_data.stages.dedup import copies_left_alone
from f2a_manifests import Workspace


@click.command(short_help="Apply the decisions made with f2a-review.")
@workspace_option
# Older scripts have it.
@click.option("--apply", is_flag=True, hidden=True, expose_value=False, help="Accepted; does nothing.")
def review(workspace: Workspace) -> int:
    """Write the decisions made with f2a-review into the manifests.

    Dropped faces keep their rows, with the reason. If a copy could replace a dropped face, the command
    tells you to run dedup again.

    Example: f2a-data review
    """
    summary = runner.run(Review(), workspace)
    if bereft := copies_left_alone(workspace.load()):
        click.echo(f"{bereft} copies could replace faces that were dropped here", err=True)
        state.restart(workspace, "dedup", "review")
    return report(summary)


COMMANDS = (review,)
