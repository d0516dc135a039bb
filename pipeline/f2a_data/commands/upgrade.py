"""upgrade: manifests of an earlier version."""

import click

from f2a_data.commands.options import workspace_option
from f2a_engine.upgrade import counted, upgrade
from f2a_manifests import ExitCode, Workspace


@click.command("upgrade")
@workspace_option
def command(workspace: Workspace) -> int:
    """Upgrade the manifests of an earlier version.

    Faces, decisions, splits and provenance stay. Up-to-date manifests are not changed.

    Example: f2a-data upgrade
    """
    click.echo(counted(upgrade(workspace)))
    return ExitCode.OK
