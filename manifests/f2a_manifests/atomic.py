"""Atomic writes: after a kill -9, readers see the old file or the new one, never a part of one.

All files are replaced through this module.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from f2a_manifests.errors import FatalError


@contextmanager
def atomic_file(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces ``path`` when the block ends without error.

    Args:
        path: the file to replace; its folder must exist.
        durable: wait for the disk (fsync), so that it survives a power cut.

    Raises:
        FatalError: the disk is full, or the folder is gone or not writable; ``path`` is untouched.
    """
    try:
        with _replacing(path) as temporary, open(temporary, "wb") as file:  # noqa: PTH123
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if durable:
            sync_folder(path.parent)
    except OSError as error:
        raise FatalError(explain(error, path)) from error


@contextmanager
def _replacing(path: Path) -> Iterator[str]:
    """The name of a temporary file in the same folder, which replaces ``path`` in the end.

    A string, because `pathlib` takes longer than the system calls, and there are a million crops.
    """
    temporary = _neighbour(path)
    try:
        yield temporary
        os.replace(temporary, path)  # noqa: PTH105
    finally:
        # It is gone already, unless something failed, or both were names of one file, where renaming does
        # nothing; on a read-only disk there is none, and that cannot be asked either.
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108


def _neighbour(path: Path | str) -> str:
    folder, last = os.path.split(path)
    return os.path.join(folder, f".{last}.{os.getpid()}.tmp")  # noqa: PTH118


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace ``path`` by ``data`` atomically; see `atomic_file` for ``durable`` and errors."""
    with atomic_file(path, durable=durable) as file:
        file.write(data)


def write_once(path: Path | str, data: bytes) -> None:
    """Write a file that is named after its content, unless it is there; see `atomic_file` for errors.

    It does not wait for the disk, which would take several times as long for thousands of files. A file that
    a power cut left incomplete has another size and is written again.
    """
    with suppress(OSError):
        if os.stat(path).st_size == len(data):  # noqa: PTH116 -- see `_replacing`
            return
    try:
        temporary = _neighbour(path)
        try:
            with open(temporary, "wb") as file:  # noqa: PTH123
                file.write(data)
            os.replace(temporary, path)  # noqa: PTH105
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
    except OSError as error:
        raise FatalError(explain(error, Path(path))) from error


def replace_by_link(path: Path, original: Path) -> None:
    """Replace ``path`` by a link to a file.

    A hard link, or a symbolic one if that is impossible, as between two disks.

    Raises:
        FatalError: no link can be made.
    """
    try:
        with _replacing(path) as temporary:
            try:
                Path(temporary).hardlink_to(original)
            except OSError:
                Path(temporary).symlink_to(original)
    except OSError as error:
        raise FatalError(explain(error, path)) from error


def link_or_copy(path: Path, original: Path) -> None:
    """Make ``path`` a hard link to a file, or a copy if that is impossible, as between two disks.

    It does not wait for the disk.

    Raises:
        FatalError: the disk is full, or the folder is gone or not writable.
        OSError: the original cannot be opened.
    """
    try:
        with _replacing(path) as temporary:
            Path(temporary).hardlink_to(original)
    except OSError:
        copy(path, original)


def copy(path: Path, original: Path) -> None:
    """Replace ``path`` by a copy of a file, without waiting for the disk; see `link_or_copy` for errors."""
    with original.open("rb") as source, atomic_file(path, durable=False) as target:
        shutil.copyfileobj(source, target)


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` (UTF-8) atomically; see `atomic_file` for errors."""
    write_bytes(path, text.encode())


def explain(error: OSError, path: Path) -> str:
    """One line for the user: what failed, on which file, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full: could not write {path}; free some space and run the command again"
    if error.errno == errno.ENOENT:
        return f"the folder {path.parent} has disappeared; restore it and run the command again"
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return f"no permission to write {path}"
    return f"could not write {path}: {error.strerror or error}"


def sync_folder(folder: Path) -> None:
    """Make the rename durable, if the platform can open folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
