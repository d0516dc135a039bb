"""Run what is installed once through: every command's help, the demo with a training of two steps, parquet.

PYTHONPATH=demo python .ci/smoke.py FOLDER
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from f2a_data.cli import cli as f2a_data
from f2a_demo import sample
from f2a_manifests import Domain, Workspace
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
    _check_rebuilt(folder)
    _check_parquet(folder)
    f2a = Path(sys.executable).with_name("f2a-train")
    _run(f2a, "export", "--checkpoint", run, "--out", folder / "generator.onnx")


def _check_rebuilt(folder: Path) -> None:
    """The demo has rebuilt the example: all crops have the published pixels, or exit code 3 ends this."""
    nobody = ("--root", "http://127.0.0.1:9", "--delay", "0")  # all files are there
    program = Path(sys.executable).with_name("f2a-data")
    _run(program, "rebuild", sample.EXAMPLE, "--workspace", sample.rebuilt(folder), *nobody)


def _check_parquet(folder: Path) -> None:
    """What pyarrow writes comes back."""
    program, out = Path(sys.executable).with_name("f2a-data"), folder / "parquet"
    _run(program, "export", "parquet", out, "--workspace", sample.rebuilt(folder))
    _run(program, "import", out, "--domain", "anime", "--whole", "--workspace", folder / "imported")
    if not Workspace(folder / "imported").faces(Domain.ANIME):
        sys.exit("f2a-data import --whole gave no faces")


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
