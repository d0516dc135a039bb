"""Options that several commands share."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from f2a_engine.engines import ENGINES, load
from f2a_engine.summary import Summary
from f2a_manifests.command_line import workspace_option
from f2a_manifests.cores import usable_cores

__all__ = ["engine_options", "json_option", "report", "workers_option", "workspace_option"]

F = TypeVar("F", bound=Callable[..., Any])


workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=usable_cores,
    show_default="all cores",
    help="Worker processes of the engine local.",
)
_engine = click.option(
    "--engine",
    default="local",
    show_default=True,
    metavar="NAME",
    help=f"What runs the work: {', '.join(ENGINES.names())}.",
)
_ray_address = click.option(
    "--ray-address",
    default="auto",
    show_default=True,
    metavar="HOST:PORT",
    help="The cluster of the engine ray.",
)


def engine_options(command: F) -> Callable[..., Any]:
    """``--workers``, ``--engine`` and ``--ray-address``, which the command gets as one ``engine``."""

    @wraps(command)
    def run(*args: Any, workers: int, engine: str, ray_address: str, **others: Any) -> Any:  # noqa: ANN401
        return command(*args, engine=load(engine, workers=workers, address=ray_address), **others)

    return workers_option(_engine(_ray_address(run)))


def json_option(command: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(command)


def report(summary: Summary) -> int:
    """Print a stage's last line and return its exit code."""
    click.echo(str(summary))
    return summary.code
