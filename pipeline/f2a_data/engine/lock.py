"""One command at a time may change a workspace."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from f2a_manifests import FatalError, Workspace
from f2a_manifests.atomic import explain


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock.

    Raises:
        FatalError: another command holds it, or the workspace cannot be written.
    """
    lock = FileLock(workspace.root / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise FatalError(f"another f2a-data command is working on {workspace.root}") from None
    except OSError as error:
        raise FatalError(explain(error, workspace.root / ".lock")) from error
    try:
        yield
    finally:
        lock.release()
