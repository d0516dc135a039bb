"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from f2a_data.engine.summary import Summary
from f2a_manifests.command_line import workspace_option
from f2a_manifests.cores import usable_cores

__all__ = ["json_option", "report", "workers_option", "workspace_option"]

F = TypeVar("F", bound=Callable[..., Any])


def workers_option(command: F) -> F:
    """``--workers N``."""
    return click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=usable_cores,
        show_default="all cores",
        help="Worker processes.",
    )(command)


def json_option(command: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(command)


def report(summary: Summary) -> int:
    """Print a stage's last line and return its exit code."""
    click.echo(str(summary))
    return summary.code
