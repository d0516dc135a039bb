"""What the commands share: exit codes and the option ``--workspace``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from f2a_manifests.errors import ExitCode, FatalError
from f2a_manifests.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])
CONTEXT = {"max_content_width": 100, "help_option_names": ["-h", "--help"]}


class Program(click.Command):
    """Ends with one line and a documented exit code; a command may return that code."""

    def invoke(self, ctx: click.Context) -> NoReturn:
        """Run the command."""
        try:
            code = super().invoke(ctx)
        except FatalError as error:
            _end(ctx, str(error), error.code)
        except OSError as error:  # unexpected: a disk that went away, for example
            _end(ctx, f"{error.filename or 'the system'}: {error.strerror or error}", ExitCode.FAILED)
        except (KeyboardInterrupt, click.Abort):
            _end(ctx, "interrupted; run the same command to continue", ExitCode.INTERRUPTED)
        ctx.exit(code or ExitCode.OK)


class ProgramGroup(Program, click.Group):
    """A `Program` with commands of its own."""


def workspace_option(command: F) -> F:
    """``--workspace DIR``, passed as a `Workspace`."""
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


def _end(ctx: click.Context, message: str, code: ExitCode) -> NoReturn:
    click.echo(f"{ctx.find_root().info_name}: {message}", err=True)
    ctx.exit(code)


def _workspace(_: click.Context, __: click.Parameter, value: Path) -> Workspace:
    return Workspace(value)
