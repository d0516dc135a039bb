"""The ``f2a-data`` command; see `commands`."""

import logging

import click
from tqdm.contrib.logging import logging_redirect_tqdm

from f2a_data.commands import inspect, remove, review, run, sources, stages, upgrade
from f2a_manifests.command_line import CONTEXT, ProgramGroup
from f2a_manifests.version import __version__

EPILOG = """Exit codes: 0 done; 1 stopped, the last line says why; 2 wrong usage; 3 done, but some rows
are errors; 4 verify found differences; 5 nothing to work on; 6 the booru refused or failed; 130 Ctrl-C.
After any of them, the same command continues. Shell completion:
eval "$(_F2A_DATA_COMPLETE=bash_source f2a-data)"."""


@click.group("f2a-data", cls=ProgramGroup, epilog=EPILOG, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="f2a-data")
def cli() -> None:
    """Collect illustrations and photos, crop the faces, and clean them into a data set.

    Sources come first (scrape, celeba, fbp5500, folder), then the stages in order: detect, crop,
    dedup, clean, review, split. All of them read and write one workspace.
    """


for module in (sources, stages, review, remove, run, inspect, upgrade):
    for command in module.COMMANDS:
        cli.add_command(command)


def main() -> None:
    """Run the command, its log lines above the progress bars."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with logging_redirect_tqdm():
        cli(prog_name="f2a-data")  # however Python was started
