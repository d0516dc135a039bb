"""What all commands share: exit codes and the option ``--workspace``."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

import click

from f2a_manifests.errors import ExitCode, FatalError
from f2a_manifests.places import address, is_address
from f2a_manifests.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])
CONTEXT = {"max_content_width": 100, "help_option_names": ["-h", "--help"]}


class Program(click.Command):
    """A command that ends with a documented exit code, which it may return, and one line on errors."""

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
    """A `Program` with subcommands."""


def workspace_option(command: F) -> F:
    """``--workspace DIR``, passed as a `Workspace`; object storage is updated when the command ends."""

    @wraps(command)
    def run(*args: Any, workspace: Path | str, **others: Any) -> Any:  # noqa: ANN401 -- any command
        with _opened(workspace) as root:
            return command(*args, workspace=Workspace(root), **others)

    option = click.option(
        "--workspace",
        type=_Place(path_type=Path, file_okay=False),
        envvar="F2A_WORKSPACE",
        default=Path("workspace"),
        show_default="./workspace",
        show_envvar=True,
        help="The data set's folder, or its address.",
    )
    return cast(F, option(run))


class _Place(click.Path):
    """A folder, or an address as it is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """See click."""
        return (
            address(value)
            if isinstance(value, str) and is_address(value)
            else super().convert(value, param, ctx)
        )


def _opened(place: Path | str) -> AbstractContextManager[Path]:
    if isinstance(place, Path):
        return nullcontext(place)
    from f2a_manifests.working_copy import working_copy  # noqa: PLC0415 -- most workspaces are here

    return working_copy(place)


def _end(ctx: click.Context, message: str, code: ExitCode) -> NoReturn:
    click.echo(f"{ctx.find_root().info_name}: {message}", err=True)
    ctx.exit(code)
