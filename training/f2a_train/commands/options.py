"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from f2a_translate.directions import DIRECTIONS
from f2a_translate.shipped import SHIPPED

Command = TypeVar("Command", bound=Callable[..., None])
POSITIVE = click.IntRange(min=1)
FILE = click.Path(path_type=Path)
device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to compute.",
)


def data_options(out: str) -> Callable[[Command], Command]:
    """``--human``, ``--anime`` and ``--out``, whose help is given."""
    return _all(
        click.option("--human", type=FILE, required=True, help="Manifest of the human faces."),
        click.option("--anime", type=FILE, required=True, help="Manifest of the anime faces."),
        click.option("--out", type=FILE, required=True, help=out),
    )


def generator_options(command: Command) -> Command:
    """The arguments of `f2a_train.generators.load`, as options."""
    return _all(
        click.option(
            "--checkpoint",
            type=FILE,
            help="A run's folder, its checkpoint.pt or best.pt, or an .onnx.  [default: a shipped generator]",
        ),
        click.option(
            "--size",
            type=int,
            metavar="|".join(map(str, SHIPPED)),
            help=f"Face size in pixels of the shipped generator.  [default: {max(SHIPPED)}]",
        ),
        click.option(
            "--direction",
            type=click.Choice(DIRECTIONS),
            help="Direction.  [default: the .onnx file's own, or human2anime]",
        ),
        device_option,
    )(command)


def _all(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add
