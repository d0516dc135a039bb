"""merge: merge two workspaces."""

from pathlib import Path

import click

from f2a_data.commands.options import workspace_option
from f2a_import.merge import merge
from f2a_manifests import ExitCode, Workspace


@click.command("merge")
@workspace_option
@click.argument("other", metavar="OTHER", type=click.Path(path_type=Path, exists=True, file_okay=False))
def command(workspace: Workspace, other: Path) -> int:
    """Merge another workspace into this one.

    Posts and files that are in both are merged. Of two decisions about a face the newer one counts, and both
    are in the log. OTHER is only read. Then run crop and the stages after it again. See docs/import.md.

    Example: f2a-data merge other-workspace
    """
    merged = merge(workspace, Workspace(other))
    click.echo(str(merged))
    return ExitCode.ROW_ERRORS if merged.errors else ExitCode.OK
