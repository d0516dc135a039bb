"""A small workspace, the review server as a real process, and a real browser."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from reviewing import Running, small

from f2a_manifests import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Five images with a flagged face each, and a second, unflagged face in the first."""
    return small(tmp_path / "work space")


@pytest.fixture(scope="session")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests in which nothing is decided; its log stays empty."""
    workspace = small(tmp_path_factory.mktemp("idle"))
    with Running(workspace) as server:
        yield server
    assert not workspace.decisions_log.exists()


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Start servers that end with the test."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(Running(*args, **options))
