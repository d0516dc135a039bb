"""The ``f2a-data`` command; see `commands`."""

import gc
import logging
from importlib.metadata import EntryPoint
from typing import NoReturn

import click

from f2a_engine.sources import SOURCES
from f2a_engine.stages import STAGES
from f2a_manifests.command_line import CONTEXT, ProgramGroup
from f2a_manifests.registry import load, summary
from f2a_manifests.version import __version__

EPILOG = """Exit codes: 0 done; 1 stopped, the last line says why; 2 wrong usage; 3 done, but some rows
are errors; 4 verify found differences, or crops would differ from the published ones; 5 nothing to work
on; 6 the booru refused or failed; 130 Ctrl-C. After any of them, the same command continues. Shell
completion: eval "$(_F2A_DATA_COMPLETE=bash_source f2a-data)"."""

# New ones after which Python looks for garbage; after its 700, a tenth of the time is spent so.
_OBJECTS = 10_000
# Beside one command for each source and stage; these come first where both have a name.
COMMANDS = {
    "export": "f2a_export.command:command",
    "merge": "f2a_import.command:command",
    "funnel": "f2a_data.commands.inspect:funnel",
    "manifests": "f2a_data.commands.manifests:command",
    "publish": "f2a_publish.commands:publish",
    "rebuild": "f2a_publish.commands:rebuild",
    "remove": "f2a_data.commands.remove:command",
    "report": "f2a_data.commands.inspect:report",
    "review": "f2a_data.commands.review:review",
    "run": "f2a_data.commands.run:run",
    "status": "f2a_data.commands.inspect:status",
    "upgrade": "f2a_data.commands.upgrade:command",
    "verify": "f2a_data.commands.inspect:verify",
}


class PipelineGroup(ProgramGroup):
    """Imports a command when it is used: all of them together take half a second."""

    def invoke(self, ctx: click.Context) -> NoReturn:
        """See `Program`."""
        gc.set_threshold(_OBJECTS)
        super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's
        """The names of all commands, sorted."""
        return sorted({*COMMANDS, *SOURCES.names(), *STAGES.names()})

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click's
        cmd_name: str,
    ) -> click.Command | None:
        """The command of that name."""
        if cmd_name in COMMANDS:
            found: click.Command = load(_point(cmd_name))
            return found
        if cmd_name in SOURCES.names():
            from f2a_data.commands.sources import source_command  # noqa: PLC0415 -- see the class

            return source_command(SOURCES.load(cmd_name))
        if cmd_name in STAGES.names():
            from f2a_data.commands.stages import stage_command  # noqa: PLC0415 -- see the class

            return stage_command(STAGES.load(cmd_name))
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the first line of each."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(_point(name))) for name in self.list_commands(ctx)])


def _point(name: str) -> EntryPoint:
    if name in COMMANDS:
        return EntryPoint(name, COMMANDS[name], "")
    return (SOURCES if name in SOURCES.names() else STAGES).point(name)


@click.group("f2a-data", cls=PipelineGroup, epilog=EPILOG, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="f2a-data")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Collect illustrations and photos, crop the faces, and clean them into a data set.

    Sources come first (scrape, celeba, fbp5500, folder, import), then the stages in order: detect, crop,
    dedup, clean, review, split. All of them read and write one workspace.
    """
    from tqdm.contrib.logging import logging_redirect_tqdm  # noqa: PLC0415 -- --help need not wait for it

    ctx.with_resource(logging_redirect_tqdm())  # log lines above the progress bars


def main() -> None:
    """Run the command."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    cli(prog_name="f2a-data")  # however Python was started
