"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from f2a_data.engine.summary import Summary
from f2a_manifests import Workspace
from f2a_manifests.cores import usable_cores

F = TypeVar("F", bound=Callable[..., Any])


def _workspace(_: click.Context, __: click.Parameter, value: Path) -> Workspace:
    return Workspace(value)


def workspace_option(command: F) -> F:
    """``--workspace DIR``, handed over as a `Workspace`."""
    return click.option(
        "--workspace",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="F2A_WORKSPACE",
        default=Path("workspace"),
        show_default="./workspace",
        show_envvar=True,
        callback=_workspace,
        help="The data set's folder.",
    )(command)


def workers_option(command: F) -> F:
    """``--workers N``."""
    return click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=usable_cores,
        show_default="all cores",
        help="Processes that share the work.",
    )(command)


def json_option(command: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(command)


def report(summary: Summary) -> int:
    """Print a stage's last line and return its exit code."""
    click.echo(str(summary))
    return summary.code
