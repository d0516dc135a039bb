"""The files of a folder or of a zip archive, read alike; both are hostile.

Nothing is ever unpacked to the name it carries: a member is read into memory and stored under the
hash of its bytes. Names that point elsewhere still end as an error, because such an archive was made
to harm and its owner should know.
"""

import logging
import os
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from f2a_faces.images import MAX_BYTES, ImageError
from f2a_manifests import ExitCode, FatalError

# bzip2 and LZMA are not read: Python's zipfile expands them without a bound on the memory.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)
_JUNK = ("__MACOSX",)  # what macOS puts beside the files it packs: not images, though named .jpg

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Member:
    r"""One file of a folder or archive.

    Attributes:
        name: the path below the root, forward slashes, as text that can be stored: bytes that are no
            UTF-8 appear as ``\xff``.
        size: bytes, as declared.
        stream: opens it.
        problem: why it must not be read; empty if it may.
    """

    name: str
    size: int
    stream: Callable[[], IO[bytes]]
    problem: str = ""

    def read(self) -> bytes:
        """All bytes.

        Raises:
            ImageError: with the reason, if it cannot or must not be read or is larger than `MAX_BYTES`.
        """
        if self.size > MAX_BYTES:
            raise ImageError(f"larger than {MAX_BYTES // 2**20} MiB")
        data = self.head(self.size + 1)  # never more than was declared, whatever the archive expands to
        if len(data) > self.size:
            raise ImageError("has grown while it was read")
        return data

    def head(self, count: int) -> bytes:
        """The first ``count`` bytes; see `read` for errors."""
        if self.problem:
            raise ImageError(self.problem)
        try:
            with self.stream() as file:
                return file.read(count)
        except OSError as error:
            raise ImageError(f"cannot be read: {error.strerror or error}") from error
        except _DAMAGED as error:
            raise ImageError(f"damaged in the archive: {error}"[:200]) from error


@contextmanager
def open_members(root: Path) -> Iterator[list[Member]]:
    """List a folder (recursively, sorted) or a zip archive (in the order of its data on disk).

    Raises:
        FatalError: ``root`` is neither, or the archive's directory is damaged.
    """
    if root.is_dir():
        yield _walk(root)
    elif root.is_file():
        with _open_zip(root) as archive:
            yield _list_zip(archive, root)
    else:
        raise FatalError(f"there is no folder or zip archive {root}; check the path", ExitCode.USAGE)


def _walk(root: Path) -> list[Member]:
    members, skipped = [], Counter[str]()
    for folder, folders, files in os.walk(root, onerror=_refuse):
        folders.sort()
        for path in (Path(folder, name) for name in sorted(files)):
            doubt = _why_skip(path, root)
            if doubt:
                skipped[doubt] += 1
            elif not _is_junk(path.relative_to(root)):
                members.append(_file_member(path, root))
    for doubt, count in skipped.items():
        _log.warning("%s: skipped %d %s", root, count, doubt)
    return members


def _refuse(error: OSError) -> None:
    raise FatalError(f"cannot list the folder {error.filename}: {error.strerror}") from error


def _why_skip(path: Path, root: Path) -> str:
    """What makes an entry one that is not even opened: opening a pipe would wait for ever."""
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        return "links that lead out of the folder"
    return "" if path.is_file() else "dead links and special files (pipes, sockets, devices)"


def _file_member(path: Path, root: Path) -> Member:
    name = os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")
    return Member(name, path.stat().st_size, lambda: _open_file(path, root))


def _open_file(path: Path, root: Path) -> IO[bytes]:
    if not root.is_dir():  # a drive unplugged is no reason for thousands of error rows
        raise FatalError(f"the folder {root} has disappeared; bring it back and run the command again")
    return path.open("rb")


def _open_zip(root: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(root)
    except OSError as error:
        raise FatalError(f"cannot open {root}: {error.strerror or error}") from error
    except _DAMAGED as error:
        raise FatalError(f"{root} is no intact zip archive ({error}); download it again") from error


def _list_zip(archive: zipfile.ZipFile, root: Path) -> list[Member]:
    files = [info for info in archive.infolist() if not info.is_dir() and not _is_junk(Path(info.filename))]
    unique = {info.filename: info for info in files}  # the last of a name counts, as in `unzip`
    if len(unique) < len(files):
        _log.warning("%s: %d members repeat a name; the last of each counts", root, len(files) - len(unique))
    in_disk_order = sorted(unique.values(), key=lambda info: info.header_offset)
    return [_zip_member(archive, info) for info in in_disk_order]


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    return Member(info.filename, info.file_size, lambda: archive.open(info), _zip_problem(info))


def _zip_problem(info: zipfile.ZipInfo) -> str:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "its name in the archive leads out of the archive"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link, not a file"
    if info.flag_bits & 1:
        return "encrypted"
    if info.compress_type not in _METHODS:
        return f"compression method {info.compress_type} is not read; pack it with deflate"
    return ""


def _is_junk(path: Path) -> bool:
    return path.name.startswith("._") or any(part in _JUNK for part in path.parts)
