"""export: faces and source images in the formats of other tools."""

from pathlib import Path
from typing import Any

import click

from f2a_data.commands.declared import command as declared
from f2a_data.commands.declared import with_options
from f2a_data.commands.options import workers_option, workspace_option
from f2a_export.base import Format
from f2a_export.card import Counts
from f2a_export.exporting import export, preview
from f2a_export.registry import FORMATS
from f2a_manifests import ExitCode, Workspace
from f2a_manifests.options import build
from f2a_manifests.registry import summary


class Formats(click.Group):
    """One command per installed format."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's
        """Their names."""
        return FORMATS.names()

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click's
        cmd_name: str,
    ) -> click.Command | None:
        """A format's command, made from its class."""
        return _command(FORMATS.load(cmd_name)) if cmd_name in FORMATS.names() else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the formats with the first line of each."""
        with formatter.section("Formats"):
            formatter.write_dl([(name, summary(FORMATS.point(name))) for name in self.list_commands(ctx)])


@click.command("export", cls=Formats, subcommand_metavar="FORMAT OUT [OPTIONS]")
def command() -> None:
    """Export faces in the formats of other tools.

    OUT is a new folder. Its files are hard links to the workspace's where the disk allows it, so do not edit
    them in place, or give --copy. The same command continues after an interruption. See docs/export.md.

    Example: f2a-data export imagefolder faces-imagefolder
    """


def _command(kind: type[Format]) -> click.Command:
    """``f2a-data export NAME`` with the format's options."""

    def run(workspace: Workspace, workers: int, out: Path, *, dry_run: bool, **options: Any) -> int:  # noqa: ANN401
        made = build(kind, options, f"export {kind.name}", strict=False)
        if not dry_run:
            return _report(export(made, workspace, out, workers), out)
        for (split, domain), count in sorted(preview(made, workspace).items()):
            click.echo(f"would export: {split:<5} {domain}: {count}")
        return ExitCode.OK

    function = click.option("--dry-run", is_flag=True, help="Count what would be exported, and stop.")(run)
    place = click.argument("out", type=click.Path(path_type=Path, file_okay=False))
    return declared(kind.name, kind, workspace_option(workers_option(place(with_options(kind, function)))))


def _report(counts: Counts, out: Path) -> int:
    left = "".join(f", {count} left out: {reason}" for reason, count in sorted(counts.reasons.items()))
    click.echo(f"export: {sum(counts.files.values())} files in {out}{left}")
    return ExitCode.ROW_ERRORS if counts.errors else ExitCode.OK
