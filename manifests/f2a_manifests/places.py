"""Where a source's files are: a path on this machine, or an address such as ``s3://bucket/set``.

Addresses are read by fsspec. What is below one is listed once; after that, a `RemotePath` answers what
sources ask of a path. Credentials come from the environment, as the libraries of each kind of storage read
them, and never from the address, which appears in messages.
"""

import errno
import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, Any, Literal, Protocol, Self, runtime_checkable
from urllib.parse import unquote, urlsplit

from f2a_manifests.errors import ExitCode, FatalError, first_line

_ADDRESS = re.compile(r"([a-z][a-z0-9+.:-]*)://")
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}
_BLOCK = 8 * 2**20  # bytes a request, where only parts of a large object are read


class Sized(Protocol):
    """What is known of a file without reading it."""

    @property
    def st_size(self) -> int:
        """Bytes."""


@runtime_checkable
class Place(Protocol):
    """A folder or file: the part of `pathlib.Path` that sources use, which a `RemotePath` has, too."""

    @property
    def name(self) -> str: ...  # noqa: D102 -- these are pathlib's
    @property
    def stem(self) -> str: ...  # noqa: D102
    @property
    def suffix(self) -> str: ...  # noqa: D102
    @property
    def parent(self) -> Self: ...  # noqa: D102
    def __lt__(self, other: Self, /) -> bool: ...
    def __truediv__(self, name: str, /) -> Self: ...
    def is_file(self) -> bool: ...  # noqa: D102
    def is_dir(self) -> bool: ...  # noqa: D102
    def exists(self) -> bool: ...  # noqa: D102
    def iterdir(self) -> Iterator[Self]: ...  # noqa: D102
    def rglob(self, pattern: str) -> Iterator[Self]: ...  # noqa: D102
    def glob(self, pattern: str) -> Iterator[Self]: ...  # noqa: D102
    def relative_to(self, other: Self, /) -> PurePath: ...  # noqa: D102
    def is_relative_to(self, other: Self, /) -> bool: ...  # noqa: D102
    def resolve(self) -> Self: ...  # noqa: D102
    def stat(self) -> Sized: ...  # noqa: D102
    def open(self, mode: Literal["rb"]) -> IO[bytes]: ...  # noqa: D102
    def read_bytes(self) -> bytes: ...  # noqa: D102
    def read_text(self, encoding: str = ..., errors: str = ...) -> str: ...  # noqa: D102


def is_address(text: str) -> bool:
    """Whether a text is an address rather than a path."""
    return bool(_ADDRESS.match(text))


def place(text: str, folder: Path) -> Place:
    """What an option of the type `Place` is.

    Args:
        text: a path, or an address.
        folder: what relative paths are relative to.

    Returns:
        A path, or of an address a `RemotePath`.

    Raises:
        FatalError: the address has a name and password in it, its kind is not known, or it cannot be listed.
    """
    if not is_address(text):
        return folder / Path(text).expanduser()
    if text.startswith("file://"):
        return Path(unquote(urlsplit(text).path))
    return RemotePath(Listing(address(text)))


def address(text: str) -> str:
    """An address that may appear in messages.

    Raises:
        FatalError: it has, or may have, credentials in it, or is several in one.
    """
    parts = urlsplit(text)
    plain = re.sub(r"//[^/]*@", "//", text.partition("?")[0]).rstrip("/")
    if "@" in parts.netloc or (parts.scheme.startswith("http") and parts.query):
        what = "the address must not contain credentials, which come from the environment"
        raise FatalError(f"{plain}: {what}; see docs/storage.md", ExitCode.USAGE)
    if "::" in text:
        raise FatalError(f"{plain}: addresses in addresses (::) are not supported", ExitCode.USAGE)
    return text.rstrip("/")


def filesystem(url: str) -> tuple[Any, str]:
    """What reads an address, and the address without its kind; one for each process.

    Raises:
        FatalError: the kind is not known, or a package is missing.
    """
    from fsspec.core import url_to_fs  # noqa: PLC0415 -- takes a tenth of a second

    try:
        system, root = url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        extra = _EXTRAS.get(urlsplit(url).scheme)
        what = f"pip install 'face2anime-toolkit[{extra}]'" if extra else first_line(error)
        raise FatalError(f"cannot read {url}: {what}", ExitCode.USAGE) from None
    return system, str(root).rstrip("/")


@contextmanager
def reached(url: str) -> Iterator[None]:
    """Say in one line that a server cannot be reached or refuses; a single missing object is an `OSError`.

    Raises:
        FatalError: with the reason.
    """
    try:
        yield
    except (FatalError, FileNotFoundError, IsADirectoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.filename:  # of this machine
            raise
        what = f"{url}: {type(error).__name__}: {first_line(error)}; run the same command to continue"
        raise FatalError(what, ExitCode.REMOTE) from error


@dataclass(frozen=True, slots=True)
class Entry:
    """One object.

    Attributes:
        st_size: bytes.
        version: what changes when the content does: S3's ETag, or the time; empty if neither is known.
    """

    st_size: int
    version: str


@dataclass
class Listing:
    """All objects below an address.

    Attributes:
        url: the address.
    """

    url: str
    entries: dict[str, Entry] = field(init=False)

    def __post_init__(self) -> None:
        self.entries = dict(sorted(entries(self.url).items()))

    @cached_property
    def folders(self) -> frozenset[str]:
        """The names of the folders, as objects' names make them; ``""`` is the address itself."""
        inside = (name for name in self.entries if name)
        return frozenset(
            name[:end] for name in inside for end, letter in enumerate(name) if letter == "/"
        ) | ({""} if any(self.entries) else set())


def entries(url: str) -> dict[str, Entry]:
    """The objects below an address, by name; the name of a single object is ``""``.

    Raises:
        FatalError: it cannot be listed.
    """
    system, root = filesystem(url)
    with reached(url):
        try:
            found = system.find(root, detail=True)
        except FileNotFoundError:
            found = {}
    names = ((key[len(root) :].removeprefix("/"), about) for key, about in found.items())
    return {
        name: Entry(int(about.get("size") or 0), _version(about))
        for name, about in names
        if not name.endswith("/")  # what consoles write to show an empty folder
    }


def _version(about: dict[str, Any]) -> str:
    for key in ("ETag", "etag", "generation", "md5Hash", "LastModified", "mtime", "created"):
        if value := about.get(key):
            return str(value).strip('"')
    return ""


@dataclass(frozen=True, slots=True)
class RemotePath:
    """An object, or a folder of objects: the part of `pathlib.Path` that sources use.

    Attributes:
        listing: all there is below the address.
        below: the name below it; ``""`` for the address itself.
    """

    listing: Listing
    below: str = ""

    def __str__(self) -> str:
        return f"{self.listing.url}/{self.below}".rstrip("/")

    def __fspath__(self) -> str:
        raise TypeError(f"{self} is no file of this machine")

    def __lt__(self, other: "RemotePath") -> bool:
        return self.below < other.below

    def __truediv__(self, name: str) -> "RemotePath":
        return RemotePath(self.listing, f"{self.below}/{name}".strip("/"))

    @property
    def name(self) -> str:
        """The last part of the address."""
        return PurePosixPath(urlsplit(str(self)).path).name or urlsplit(str(self)).netloc

    @property
    def suffix(self) -> str:
        """Of the name."""
        return PurePosixPath(self.name).suffix

    @property
    def stem(self) -> str:
        """Of the name."""
        return PurePosixPath(self.name).stem

    @property
    def parent(self) -> "RemotePath":
        """The folder."""
        return RemotePath(self.listing, self.below.rpartition("/")[0])

    def stat(self) -> Entry:
        """Its size and version.

        Raises:
            FileNotFoundError: there is no such object.
        """
        if self.below not in self.listing.entries:
            raise FileNotFoundError(2, "there is no such object", str(self))
        return self.listing.entries[self.below]

    def is_file(self) -> bool:
        """Whether there is such an object."""
        return self.below in self.listing.entries

    def is_dir(self) -> bool:
        """Whether there are objects below it."""
        return self.below in self.listing.folders

    def exists(self) -> bool:
        """Whether it is one or the other."""
        return self.is_file() or self.is_dir()

    def iterdir(self) -> Iterator["RemotePath"]:
        """What is directly in it, sorted."""
        names = (path.name_below(self).partition("/")[0] for path in self.rglob("*"))
        yield from (self / name for name in dict.fromkeys(names) if name)

    def rglob(self, pattern: str) -> Iterator["RemotePath"]:
        """The objects in it, at any depth, whose name fits, sorted."""
        prefix = f"{self.below}/".removeprefix("/")
        for name in self.listing.entries:
            if name and name.startswith(prefix) and PurePosixPath(name[len(prefix) :]).match(pattern):
                yield RemotePath(self.listing, name)

    def glob(self, pattern: str) -> Iterator["RemotePath"]:
        """The objects whose name from here on fits, sorted."""
        depth = pattern.count("/")
        yield from (path for path in self.rglob(pattern) if path.name_below(self).count("/") == depth)

    def name_below(self, other: "RemotePath") -> str:
        """The name from a folder on, as it stands in the storage, where ``..`` and ``//`` mean nothing."""
        return self.below[len(other.below) + 1 :] if other.below else self.below

    def relative_to(self, other: "RemotePath") -> PurePosixPath:
        """The name from a folder on."""
        return PurePosixPath(self.name_below(other))

    def is_relative_to(self, other: "RemotePath") -> bool:
        """Whether it is in a folder."""
        return PurePosixPath(self.below).is_relative_to(other.below)

    def resolve(self) -> "RemotePath":
        """Itself: objects are not links."""
        return self

    def read_bytes(self) -> bytes:
        """All of it, in one request."""
        return self.head(self.stat().st_size + 1)

    def head(self, count: int) -> bytes:
        """At most the first ``count`` bytes, in one request.

        Raises:
            OSError: the object is gone.
            FatalError: the server cannot be reached, or refuses.
        """
        count = min(count, self.stat().st_size + 1)
        if not self.stat().st_size:
            return b""
        system, root = filesystem(self.listing.url)
        try:
            with reached(str(self)):
                return bytes(system.cat_file(f"{root}/{self.below}".rstrip("/"), start=0, end=count))
        except FileNotFoundError:
            raise FileNotFoundError(2, "there is no such object any more", str(self)) from None

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """All of it as text."""
        return io.TextIOWrapper(io.BytesIO(self.read_bytes()), encoding, errors).read()

    def open(self, mode: Literal["rb"] = "rb") -> IO[bytes]:
        """A file of it, for what reads parts: each block is fetched once, into a temporary file."""
        system, root = filesystem(self.listing.url)
        with reached(str(self)):
            file = system.open(f"{root}/{self.below}".rstrip("/"), mode, cache_type="none")
        return io.BufferedReader(_Blocks(str(self), file, self.stat().st_size), 2**16)


class _Blocks(io.RawIOBase):
    """A remote file of which each block is fetched once, into a temporary file without a name.

    fsspec has such a cache, ``mmap``, but on a disk that is full it ends the process with a bus error.
    """

    def __init__(self, url: str, remote: IO[bytes], size: int) -> None:
        self._url, self._remote, self._size, self._at = url, remote, size, 0
        self._there: set[int] = set()
        self._local = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `close`

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = at
        return at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 -- any writable buffer
        count = max(0, min(len(buffer), self._size - self._at))
        for block in range(self._at // _BLOCK, -(-(self._at + count) // _BLOCK)):
            self._bring(block)
        self._local.seek(self._at)
        data = self._local.read(count)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _bring(self, block: int) -> None:
        if block in self._there:
            return
        with reached(self._url):
            self._remote.seek(block * _BLOCK)
            data = self._remote.read(_BLOCK)
        try:
            self._local.seek(block * _BLOCK)
            self._local.write(data)
            self._local.flush()
        except OSError as error:
            place = f"{tempfile.gettempdir()}, TMPDIR in the environment says where"
            raise FatalError(f"no room for a copy of {self._url} in {place}: {error.strerror}") from error
        self._there.add(block)

    def close(self) -> None:
        self._remote.close()
        self._local.close()
        super().close()
