"""Reads a folder, a zip or tar archive, or a single file in the same way, here or on object storage.

All of them are untrusted.

Nothing is unpacked under its own name: a member is read into memory and stored under the
hash of its bytes. Names that point elsewhere are still errors, because such an archive is
malicious and the user should know.
"""

import io
import logging
import os
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, cast

from f2a_faces.images import MAX_BYTES, ImageError
from f2a_faces.magic import HEAD_BYTES, image_suffix
from f2a_faces.walk import in_system_folder, is_junk, walk
from f2a_manifests import ExitCode, FatalError, Reason
from f2a_manifests.places import Place
from f2a_manifests.remote import RemotePath

# No bzip2 and LZMA: Python's zipfile expands them without a memory limit.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError,
)  # fmt: skip
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ORDINARY = re.compile(r"[\w-]+(?:[./][\w-]+)*")  # names like this lead nowhere else
_OTHER_ARCHIVES = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Member:
    r"""One file of a folder or archive.

    Attributes:
        name: the path below the root, with forward slashes, as storable text: bytes that are not
            UTF-8 appear as ``\xff``.
        size: bytes, as declared.
        stream: opens it.
        problem: why it must not be read; empty if it may.
        path: the file itself, which may be a link; None in an archive, and on object storage.
        version: on object storage, the address and version of the content.
        request: whether each read is a request to a server, so that prefetching helps.
    """

    name: str
    size: int
    stream: Callable[[], IO[bytes]]
    problem: str = ""
    path: Path | None = None
    version: str = ""
    request: bool = False

    def read(self) -> bytes:
        """All bytes.

        Raises:
            ImageError: with the reason, if it cannot or must not be read or is larger than `MAX_BYTES`.
        """
        if self.size > MAX_BYTES:
            raise ImageError(Reason.FILE_TOO_LARGE, f"more than {MAX_BYTES // 2**20} MiB")
        data = self.head(self.size + 1)  # never more than declared, however far the archive expands
        if len(data) > self.size:
            raise ImageError(Reason.FILE_CHANGED)
        return data

    def head(self, count: int) -> bytes:
        """The first ``count`` bytes; see `read` for errors."""
        if self.problem:
            raise ImageError(Reason.MEMBER_REFUSED, self.problem)
        try:
            with self.stream() as file:
                return file.read(count)
        except OSError as error:
            raise ImageError(Reason.FILE_UNREADABLE, str(error.strerror or error)) from error
        except _DAMAGED as error:
            raise ImageError(Reason.MEMBER_DAMAGED, str(error)[:200]) from error


@contextmanager
def open_members(root: Place, *, follow_links: bool | None = None) -> Iterator[list[Member]]:
    """List a folder (recursively, sorted), a zip or tar archive (in the order of its data), or one image.

    Args:
        root: the folder or file.
        follow_links: whether links in a folder may lead anywhere; None if the command has no such option.

    Raises:
        FatalError: ``root`` is something else, or the archive's directory is damaged.
    """
    if isinstance(root, RemotePath) and root.is_dir():
        yield _list_objects(root)
    elif isinstance(root, Path) and root.is_dir():
        yield _walk(root, follow_links=follow_links)
    elif not root.is_file():
        raise FatalError(f"there is no folder or archive {root}; check the path", ExitCode.USAGE)
    elif image_suffix(head := _head(root)):
        yield [_single(root)]
    elif _is_tar(root):
        with root.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as archive:
            yield _versioned(_list_tar(archive, root), root)
    else:
        _refuse_others(root, head)
        with root.open("rb") as file, _open_zip(file, root) as archive:
            yield _versioned(_list_zip(archive, root), root)


def _head(root: Place) -> bytes:
    try:
        if isinstance(root, RemotePath):
            return root.head(HEAD_BYTES)
        with root.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise FatalError(f"cannot open {root}: {error.strerror or error}") from error


def _single(root: Place) -> Member:
    if isinstance(root, RemotePath):
        return _object(root, root.name)
    path = cast(Path, root)
    return _file_member(path, path.parent)


def _refuse_others(root: Place, head: bytes) -> None:
    for magic, name in _OTHER_ARCHIVES:
        if head.startswith(magic):
            raise FatalError(
                f"{root} is a {name} archive, which is not supported: unpack it and import the folder",
                ExitCode.USAGE,
            )


def _walk(root: Path, *, follow_links: bool | None) -> list[Member]:
    found = walk(root, follow_links=bool(follow_links))
    for note in found.notes(can_follow=follow_links is not None):
        _log.warning("%s: %s", root, note)
    return [_file_member(path, root) for path in found.files]


def _file_member(path: Path, root: Path) -> Member:
    name = os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")
    return Member(name, path.stat().st_size, lambda: _open_file(path, root), path=path)


def _open_file(path: Path, root: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError:
        if root.is_dir():
            raise
        # an unplugged drive should not cause thousands of error rows
        raise FatalError(f"the folder {root} has disappeared; restore it and run the command again") from None


def _list_objects(root: RemotePath) -> list[Member]:
    found = [(path.name_below(root), path) for path in root.rglob("*")]
    kept = [(name, path) for name, path in found if not is_junk(name) and not in_system_folder(name)]
    if len(kept) < len(found):
        _log.warning("%s: skipped %d objects in system folders", root, len(found) - len(kept))
    return [_object(path, name) for name, path in kept]


def _object(path: RemotePath, name: str) -> Member:
    about = path.stat()
    problem = "its name leads out of the folder" if _name_problem(name) else ""
    version = f"{path}\0{about.version}\0{about.st_size}" if about.version else ""
    return Member(
        name, about.st_size, lambda: cast(IO[bytes], _Object(path)), problem, version=version, request=True
    )


class _Object(io.RawIOBase):
    """An object whose first bytes are fetched once."""

    def __init__(self, path: RemotePath) -> None:
        self._path = path

    def read(self, size: int = -1) -> bytes:
        return self._path.head(size) if size >= 0 else self._path.read_bytes()


def _versioned(members: list[Member], root: Place) -> list[Member]:
    """The members of an archive; their version is that of the archive."""
    if not isinstance(root, RemotePath) or not root.stat().version:
        return members
    version = f"{root}\0{root.stat().version}"
    return [replace(member, version=f"{version}\0{member.name}") for member in members]


def _is_tar(root: Place) -> bool:
    try:
        with (
            root.open("rb") as file,
            tarfile.open(fileobj=file, mode="r:"),
        ):  # never a compressed one, which could expand to anything
            return True
    except (tarfile.TarError, OSError, EOFError):
        return False


def _list_tar(archive: tarfile.TarFile, root: Place) -> list[Member]:
    try:
        found = [info for info in archive.getmembers() if not info.isdir() and not is_junk(info.name)]
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise FatalError(f"{root} is not an intact tar archive ({error}); download it again") from error
    unique = {info.name: info for info in found}
    return [_tar_member(archive, info) for info in unique.values()]


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    def stream() -> IO[bytes]:
        file = archive.extractfile(info)
        if file is None:
            raise EOFError("no file")
        return file

    problem = _name_problem(info.name) or ("" if info.isfile() else "a link, not a file")
    return Member(info.name, info.size, stream, problem)


def _open_zip(file: IO[bytes], root: Place) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except OSError as error:
        raise FatalError(f"cannot open {root}: {error.strerror or error}") from error
    except _DAMAGED as error:
        raise FatalError(f"{root} is not an intact zip archive ({error}); download it again") from error


def _list_zip(archive: zipfile.ZipFile, root: Place) -> list[Member]:
    infos = (info for info in archive.infolist() if not info.filename.endswith("/"))
    files = [info for info in infos if not is_junk(info.filename)]
    unique = {info.filename: info for info in files}  # the last one counts, as in `unzip`
    if len(unique) < len(files):
        _log.warning(
            "%s: %d members have the same name as another; the last one counts",
            root,
            len(files) - len(unique),
        )
    in_disk_order = sorted(unique.values(), key=lambda info: info.header_offset)
    return [_zip_member(archive, info) for info in in_disk_order]


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    return Member(info.filename, info.file_size, lambda: archive.open(info), _zip_problem(info))


def _zip_problem(info: zipfile.ZipInfo) -> str:
    if problem := _name_problem(info.filename):
        return problem
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link, not a file"
    if info.flag_bits & 1:
        return "encrypted"
    if info.compress_type not in _METHODS:
        return f"compression method {info.compress_type} is not supported; pack it with deflate"
    return ""


def _name_problem(name: str) -> str:
    if _ORDINARY.fullmatch(name):
        return ""
    path = PurePosixPath(name.replace("\\", "/"))
    if not path.name:
        return "it has no name in the archive"
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(name):
        return "its name in the archive leads out of the archive"
    return ""
