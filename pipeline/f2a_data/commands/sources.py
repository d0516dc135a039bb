"""The command of a source: import images."""

from typing import Any

import click

from f2a_data.commands.declared import command, with_options
from f2a_data.commands.options import report, workspace_option
from f2a_engine.collect import collect
from f2a_engine.sources import Source
from f2a_manifests import Workspace
from f2a_manifests.options import build


def source_command(source: type[Source]) -> click.Command:
    """``f2a-data NAME`` with the source's options."""

    def run(workspace: Workspace, *, dry_run: bool = False, **options: Any) -> int:  # noqa: ANN401
        made: Any = build(source, options, source.name, strict=False)
        if not dry_run:
            return report(collect(made, workspace))
        click.echo(made.dry_run())
        return 0

    function: Any = run
    if dry := getattr(source, "dry_run", None):
        text = (dry.__doc__ or "").partition("\n")[0]
        function = click.option("--dry-run", is_flag=True, help=text)(function)
    return command(source.name, source, workspace_option(with_options(source, function)))
