"""What all tests share: the commands as a user runs them, and a loud word about what was skipped."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_command(tmp_path: Path) -> Run:
    """Run an installed command (``f2a-data`` or ``f2a-train``) in the test's own folder."""

    def run(*words: object, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        name, *options = (str(word) for word in words)
        return subprocess.run(
            [str(Path(sys.executable).with_name(name)), *options],
            cwd=tmp_path,
            env=os.environ | {"OMP_WAIT_POLICY": "passive"} | (env or {}),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in capitals what this machine could not check."""
    if not SHARED.is_dir():
        terminalreporter.write_sep("!", "REAL DATA IS MISSING: the tests on ../shared/data were SKIPPED")
    if not Path("/usr/bin/chromium").exists():
        terminalreporter.write_sep("!", "CHROMIUM IS MISSING: the browser tests were SKIPPED")
