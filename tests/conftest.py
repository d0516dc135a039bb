"""What all tests share: the commands as a user runs them, and a loud word about what was skipped."""

import os
import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from commands import Caller, Runner

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure() -> None:
    """Heed Ctrl-C and a closing terminal even where shells and nohup start jobs that ignore them.

    The commands under test would inherit that, and the tests that interrupt them would wait in vain.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    # What is compiled once need not be compiled by each of the hundreds of commands that are started.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture
def run_command(tmp_path: Path) -> Runner:
    """Run an installed command in the test's own folder: ``run_command("f2a-data", "status")``."""
    return Runner(tmp_path)


@pytest.fixture
def call_command(tmp_path: Path) -> Caller:
    """The same without a process of its own: for what a command does, not how it starts and ends."""
    return Caller(tmp_path)


@pytest.fixture(autouse=True)
def _animeface(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("animeface") and find_spec("animeface") is None:
        pytest.skip("NO ANIMEFACE TESTS: pip install --requirement constraints-animeface.txt")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window; one for all tests: Playwright starts only once a process."""
    if not CHROMIUM.exists():
        pytest.skip(f"NO BROWSER TESTS: {CHROMIUM} is missing (apt install chromium)")
    expect.set_options(timeout=30_000)  # a busy machine may take long to draw a page
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in capitals what this machine could not check."""
    if not SHARED.is_dir():
        terminalreporter.write_sep("!", "REAL DATA IS MISSING: the tests on ../shared/data were SKIPPED")
    if not CHROMIUM.exists():
        terminalreporter.write_sep("!", "CHROMIUM IS MISSING: the browser tests were SKIPPED")
