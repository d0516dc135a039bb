"""One command at a time may change a workspace."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from f2a_manifests import FatalError, Workspace


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock.

    Raises:
        FatalError: another command holds it.
    """
    try:
        with FileLock(workspace.root / ".lock", timeout=0):
            yield
    except Timeout:
        raise FatalError(f"another f2a-data command is working on {workspace.root}") from None
