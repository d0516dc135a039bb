"""Running the installed commands as a user does."""

import os
import subprocess
import sys
from pathlib import Path


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


def start_run(config: Path) -> "subprocess.Popen[bytes]":
    """Start ``f2a-data run`` with two workers, to be killed."""
    command = [Path(sys.executable).with_name("f2a-data"), "run", "--config", config, "--workers", "2"]
    return subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
