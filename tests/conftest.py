"""What all tests share: the commands as a user runs them, and a loud word about what was skipped."""

from pathlib import Path

import pytest

from commands import Runner

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def run_command(tmp_path: Path) -> Runner:
    """Run an installed command in the test's own folder: ``run_command("f2a-data", "status")``."""
    return Runner(tmp_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in capitals what this machine could not check."""
    if not SHARED.is_dir():
        terminalreporter.write_sep("!", "REAL DATA IS MISSING: the tests on ../shared/data were SKIPPED")
    if not Path("/usr/bin/chromium").exists():
        terminalreporter.write_sep("!", "CHROMIUM IS MISSING: the browser tests were SKIPPED")
