"""Where a source's files are: a path on this machine, or an address such as ``s3://bucket/set``.

Credentials come from the environment, as the libraries of each kind of storage read them, and never from the
address, which appears in messages.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import IO, Literal, Protocol, Self, runtime_checkable
from urllib.parse import unquote, urlsplit

from f2a_manifests.errors import ExitCode, FatalError
from f2a_manifests.remote import Listing, RemotePath

_ADDRESS = re.compile(r"([a-z][a-z0-9+.:-]*)://")


class Sized(Protocol):
    """What `Place.stat` returns."""

    @property
    def st_size(self) -> int:
        """Bytes."""


@runtime_checkable
class Place(Protocol):
    """A folder or file: the part of `pathlib.Path` that sources use; `RemotePath` has it, too."""

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
    """Convert an option to a `Place`.

    Args:
        text: a path, or an address.
        folder: that relative paths are relative to.

    Returns:
        A path, or a `RemotePath` for an address.

    Raises:
        FatalError: the address contains credentials, its protocol is not supported, or it cannot be listed.
    """
    if not is_address(text):
        return folder / Path(text).expanduser()
    if text.startswith("file://"):
        return Path(unquote(urlsplit(text).path))
    return RemotePath(Listing(address(text)))


def address(text: str) -> str:
    """Check an address, which may appear in messages.

    Raises:
        FatalError: it may contain credentials, or is nested.
    """
    parts = urlsplit(text)
    plain = re.sub(r"//[^/]*@", "//", text.partition("?")[0]).rstrip("/")
    if "@" in parts.netloc or (parts.scheme.startswith("http") and parts.query):
        what = "the address must not contain credentials, which come from the environment"
        raise FatalError(f"{plain}: {what}; see docs/storage.md", ExitCode.USAGE)
    if "::" in text:
        raise FatalError(f"{plain}: nested addresses (::) are not supported", ExitCode.USAGE)
    return text.rstrip("/")
