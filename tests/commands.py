"""Running the installed commands as a user does."""

import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from pkgutil import resolve_name

from click.testing import CliRunner

GROUPS = {"f2a-data": "f2a_data.cli:cli", "f2a-train": "f2a_train.cli:main", "f2a-review": "f2a_ui.cli:main"}


class Runner:
    """Runs ``f2a-data`` or ``f2a-train`` in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        name, *options = (str(word) for word in words)
        return subprocess.run(
            [str(Path(sys.executable).with_name(name)), *options],
            cwd=self.folder,
            env=os.environ | {"OMP_WAIT_POLICY": "passive"} | environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )


class Caller(Runner):
    """The same in this process, which takes no second to start; what is logged is not in ``stderr``."""

    def __call__(self, *words: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        name, *options = (str(word) for word in words)
        with chdir(self.folder):
            runner = CliRunner(env=environment, catch_exceptions=False)
            done = runner.invoke(resolve_name(GROUPS[name]), options, prog_name=name)
        return subprocess.CompletedProcess([name, *options], done.exit_code, done.stdout, done.stderr)


def start_run(config: Path) -> "subprocess.Popen[bytes]":
    """Start ``f2a-data run`` with two workers, to be killed."""
    command = [Path(sys.executable).with_name("f2a-data"), "run", "--config", config, "--workers", "2"]
    return subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
