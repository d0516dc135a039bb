"""Run what is installed once through: the help of every command, and the demo with a training of two steps.

PYTHONPATH=demo python .ci/smoke.py FOLDER
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from f2a_data.cli import cli as f2a_data
from f2a_train.cli import main as f2a_train
from f2a_ui.cli import main as f2a_review

STEPS = 2


def commands(program: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of the program's every command, none for the program itself."""
    yield words
    for name, command in program.commands.items() if isinstance(program, click.Group) else ():
        yield from commands(command, (*words, name))


def show_help(program: click.Command) -> None:
    """Ask every command of a program for its help.

    Raises:
        SystemExit: one fails.
    """
    for words in commands(program):
        done = CliRunner().invoke(program, [*words, "--help"])
        if done.exit_code or "Usage:" not in done.output:
            sys.exit(f"{program.name} {' '.join(words)} --help fails: {done.exception or done.output}")


def main(folder: Path) -> None:
    """See the module."""
    for program in (f2a_data, f2a_review, f2a_train):
        show_help(program)
    run = folder / "runs" / "demo"
    _run(sys.executable, "-m", "f2a_demo", "--workspace", folder, "--steps", STEPS)
    f2a = Path(sys.executable).with_name("f2a-train")
    _run(f2a, "export", "--checkpoint", run, "--out", folder / "generator.onnx")


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
