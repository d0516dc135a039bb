"""An append-only file of lines: writes are durable, and incomplete last lines are ignored."""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from f2a_manifests import FatalError
from f2a_manifests.atomic import explain, sync_folder


def read_lines(path: Path, start: int = 0) -> list[bytes]:
    """The complete lines from a byte offset on, without an incomplete last line; none if the file is missing.

    Raises:
        FatalError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FatalError(f"could not read {path}: {error.strerror or error}") from error


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Lock the file against other programs that append to it; a kill releases the lock.

    Raises:
        FatalError: the folder is gone, or cannot be written.
    """
    if not path.parent.is_dir():  # the lock would make it again
        raise FatalError(explain(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)), path))
    try:
        lock = FileLock(path.with_suffix(".lock"))
        lock.acquire()
    except OSError as error:
        raise FatalError(explain(error, path)) from error
    try:
        yield
    finally:
        lock.release()


def append_lines(path: Path, lines: list[str]) -> None:
    """Append lines as one write; when this returns they survive a power cut.

    An incomplete last line is removed first.

    Raises:
        FatalError: the disk is full or the folder is gone; the file is as it was.
    """
    data = "".join(f"{line}\n" for line in lines).encode()
    try:
        new = not path.exists()
        with path.open("ab+", buffering=0) as file:
            _append(file, _cut_torn_tail(file), data)
        if new:
            sync_folder(path.parent)
    except OSError as error:
        raise FatalError(explain(error, path)) from error


def _append(file: io.FileIO, end: int, data: bytes) -> None:
    try:
        while data:
            data = data[file.write(data) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise


def _cut_torn_tail(file: io.FileIO) -> int:
    """Remove what follows the last newline, and return the new size."""
    size = end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 4096)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        end = start + newline + 1
        if newline >= 0:
            break
    if end < size:
        file.truncate(end)
    return end
