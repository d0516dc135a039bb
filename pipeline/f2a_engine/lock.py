"""The locks of a workspace: one for each stage and source, and one for the manifests."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from f2a_manifests import FatalError, Workspace
from f2a_manifests.atomic import explain

SHARDS = "shards"  # held briefly: numbering shards, publishing
_EVERYTHING = "everything"


@contextmanager
def locked(workspace: Workspace, what: str) -> Iterator[None]:
    """Hold the lock of a stage or a source.

    Raises:
        FatalError: another command holds it or all locks, or the workspace cannot be written.
    """
    with _held(workspace, _EVERYTHING, what, timeout=2):
        pass  # a command that holds everything does so before it looks at the others
    with _held(workspace, what, what):
        yield


@contextmanager
def everything_locked(workspace: Workspace, what: str) -> Iterator[None]:
    """Hold all locks of a workspace, besides the one that the caller holds.

    Args:
        workspace: the workspace.
        what: the caller's lock, or its name.

    Raises:
        FatalError: another command works in the workspace, or it cannot be written.
    """
    with ExitStack() as stack:
        stack.enter_context(_held(workspace, _EVERYTHING, what))
        for path in sorted(_folder(workspace).glob("*.lock")):
            if path.stem not in (_EVERYTHING, SHARDS, what):
                stack.enter_context(_held(workspace, path.stem, what))
        yield


@contextmanager
def briefly_locked(workspace: Workspace) -> Iterator[None]:
    """Wait for, and hold, the lock that commands hold only briefly."""
    with _held(workspace, SHARDS, SHARDS, timeout=-1):
        yield


@contextmanager
def _held(workspace: Workspace, name: str, holder: str, timeout: float = 0) -> Iterator[None]:
    path = _folder(workspace) / f"{name}.lock"
    lock = FileLock(path, timeout=timeout)
    try:
        path.parent.mkdir(exist_ok=True)
        lock.acquire()
        if name != SHARDS:
            _sign(path, holder)
    except Timeout:
        raise FatalError(f"another f2a-data command is working on {workspace.root}: {_who(path)}") from None
    except OSError as error:
        raise FatalError(explain(error, path)) from error
    try:
        yield
    finally:
        lock.release()


def _folder(workspace: Workspace) -> Path:
    return workspace.root / ".locks"


def _sign(path: Path, holder: str) -> None:
    """Write the holder beside the lock file, because Windows does not allow reading locked files."""
    since = datetime.now().astimezone().strftime("%H:%M:%S")
    text = f"{holder} (process {os.getpid()} on {socket.gethostname()}, since {since})"
    path.with_suffix(".json").write_text(json.dumps(text), "utf-8")


def _who(path: Path) -> str:
    try:
        return str(json.loads(path.with_suffix(".json").read_text("utf-8")))
    except (OSError, ValueError):
        return path.stem
