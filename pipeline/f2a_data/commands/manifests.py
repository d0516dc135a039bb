"""manifests: the CSV manifests of a large workspace."""

import click

from f2a_data.commands.options import workspace_option
from f2a_engine.manifests import publish
from f2a_manifests import ExitCode, FatalError, Workspace


@click.command("manifests")
@workspace_option
def command(workspace: Workspace) -> int:
    """Write the CSV manifests now, however large they are.

    Up to a million rows, every command does so at its end.

    Example: f2a-data manifests
    """
    if not publish(workspace, whatever_size=True):
        raise FatalError(f"{workspace.manifests} was edited; run any stage to import the changes")
    click.echo(f"manifests: {workspace.manifests} is up to date")
    return ExitCode.OK
