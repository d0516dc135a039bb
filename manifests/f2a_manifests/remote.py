"""Files and folders on object storage, read by fsspec.

What is below an address is listed once; after that, a `RemotePath` answers what sources ask of a path.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import IO, Any, Literal
from urllib.parse import urlsplit

from f2a_manifests.blocks import Blocks
from f2a_manifests.storage import filesystem, storage_errors


@dataclass(frozen=True, slots=True)
class Entry:
    """One object.

    Attributes:
        st_size: bytes.
        version: changes with the content: an ETag, or the time; empty if neither is known.
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
        """The folders in the names of the objects; ``""`` is the address itself."""
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
    with storage_errors(url):
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
        listing: all objects below the address.
        below: the name below it; ``""`` for the address itself.
    """

    listing: Listing
    below: str = ""

    def __str__(self) -> str:
        return f"{self.listing.url}/{self.below}".rstrip("/")

    def __fspath__(self) -> str:
        raise TypeError(f"{self} is not a file on this machine")

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
        """Whether it is a file or a folder."""
        return self.is_file() or self.is_dir()

    def iterdir(self) -> Iterator["RemotePath"]:
        """The files and folders in it, sorted."""
        names = (path.name_below(self).partition("/")[0] for path in self.rglob("*"))
        yield from (self / name for name in dict.fromkeys(names) if name)

    def rglob(self, pattern: str) -> Iterator["RemotePath"]:
        """The objects in it, at any depth, whose name matches, sorted."""
        prefix = f"{self.below}/".removeprefix("/")
        for name in self.listing.entries:
            if name and name.startswith(prefix) and PurePosixPath(name[len(prefix) :]).match(pattern):
                yield RemotePath(self.listing, name)

    def glob(self, pattern: str) -> Iterator["RemotePath"]:
        """The objects whose name relative to this folder matches, sorted."""
        depth = pattern.count("/")
        yield from (path for path in self.rglob(pattern) if path.name_below(self).count("/") == depth)

    def name_below(self, other: "RemotePath") -> str:
        """The name relative to a folder, unchanged: ``..`` and ``//`` have no meaning in object storage."""
        return self.below[len(other.below) + 1 :] if other.below else self.below

    def relative_to(self, other: "RemotePath") -> PurePosixPath:
        """The name relative to a folder."""
        return PurePosixPath(self.name_below(other))

    def is_relative_to(self, other: "RemotePath") -> bool:
        """Whether it is in a folder."""
        return PurePosixPath(self.below).is_relative_to(other.below)

    def resolve(self) -> "RemotePath":
        """Itself; there are no links."""
        return self

    def read_bytes(self) -> bytes:
        """The content, in one request."""
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
            with storage_errors(str(self)):
                return bytes(system.cat_file(f"{root}/{self.below}".rstrip("/"), start=0, end=count))
        except FileNotFoundError:
            raise FileNotFoundError(2, "the object no longer exists", str(self)) from None

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The content as text."""
        return io.TextIOWrapper(io.BytesIO(self.read_bytes()), encoding, errors).read()

    def open(self, mode: Literal["rb"] = "rb") -> IO[bytes]:
        """Open it for reading parts of it; see `Blocks`."""
        system, root = filesystem(self.listing.url)
        with storage_errors(str(self)):
            file = system.open(f"{root}/{self.below}".rstrip("/"), mode, cache_type="none")
        return io.BufferedReader(Blocks(str(self), file, self.stat().st_size), 2**16)
