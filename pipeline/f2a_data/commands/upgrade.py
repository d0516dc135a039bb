"""upgrade: manifests of an earlier version."""

import click

from f2a_data.commands.options import workspace_option
from f2a_data.engine.upgrade import counted, upgrade
from f2a_manifests import ExitCode, Workspace


@click.command("upgrade", short_help="Bring the manifests of an earlier version up to date.")
@workspace_option
def command(workspace: Workspace) -> int:
    """Bring a workspace up to date that an earlier version of f2a-data made.

    Faces, decisions, splits and provenance stay; a manifest that is up to date is left alone.

    Example: f2a-data upgrade
    """
    click.echo(counted(upgrade(workspace)))
    return ExitCode.OK


COMMANDS = (command,)
