"""Fetch images from a server: several at a time, and unchanged ones only once."""

import hashlib
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from f2a_faces.archive import Member
from f2a_manifests import Record, Workspace
from f2a_manifests.append_only import append_lines, read_lines

_REQUESTS = 16  # at a time
_WAITING = 64  # images in memory,
_MOST_BYTES = 2**28  # or so many bytes of them
_BATCH = 32  # lines that are written at once


class _Line(msgspec.Struct, array_like=True):
    key: str
    path: str
    size: int
    sha256: str
    width: int
    height: int


class Fetched:
    """What has been fetched into a workspace: ``manifests/journal/fetched-SOURCE.jsonl``.

    Versions of objects are stored as hashes, because manifests are shared and should not contain anyone's
    addresses.
    """

    def __init__(self, workspace: Workspace, source: str) -> None:
        self._root, self._path = workspace.root, workspace.journal / f"fetched-{source}.jsonl"
        self._known = {line.key: line for line in _lines(self._path)}
        self._new: list[_Line] = []

    def has(self, member: Member) -> bool:
        """Whether this version is in the workspace."""
        line = self._known.get(_key(member)) if member.version else None
        return line is not None and _size(self._root / line.path) == line.size

    def fill_in(self, image: Record, member: Member) -> None:
        """Fill in what is known of a version that is in the workspace."""
        line = self._known[_key(member)]
        image.path, image.sha256 = line.path, line.sha256
        image.width, image.height = line.width, line.height

    def note(self, image: Record, member: Member, size: int) -> None:
        """Record that a version is in the workspace."""
        if member.version:
            width, height = image.width or 0, image.height or 0
            self._new.append(_Line(_key(member), image.path, size, image.sha256, width, height))
            if len(self._new) >= _BATCH:
                self.flush()

    def flush(self) -> None:
        """Write the records."""
        if self._new:
            append_lines(self._path, [msgspec.json.encode(line).decode() for line in self._new])
            self._known |= {line.key: line for line in self._new}
            self._new = []


@dataclass(frozen=True, slots=True)
class _Ahead:
    member: Member
    content: "Future[bytes] | None" = None

    def read(self) -> Member:
        """The member, with what has been fetched."""
        content = self.content
        return replace(self.member, stream=lambda: io.BytesIO(content.result())) if content else self.member


def ahead(members: Iterable[Member], wanted: Callable[[Member], bool]) -> Iterator[Member]:
    """The same members in the same order; wanted ones are prefetched, several at a time.

    Only members that need a request each are prefetched, not files on this machine or in archives.
    """
    waiting: deque[_Ahead] = deque()
    pool = ThreadPoolExecutor(_REQUESTS)
    try:
        for member in members:
            fetched = pool.submit(member.read) if member.request and wanted(member) else None
            waiting.append(_Ahead(member, fetched))
            while waiting and (waiting[0].content is None or _is_full(waiting)):
                yield waiting.popleft().read()
        while waiting:
            yield waiting.popleft().read()
    finally:
        pool.shutdown(cancel_futures=True)


def _is_full(waiting: "deque[_Ahead]") -> bool:
    return len(waiting) > _WAITING or sum(each.member.size for each in waiting if each.content) > _MOST_BYTES


def _key(member: Member) -> str:
    return hashlib.sha256(member.version.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _lines(path: Path) -> Iterator[_Line]:
    for line in read_lines(path):
        try:
            yield msgspec.json.decode(line, type=_Line)
        except msgspec.DecodeError:
            continue  # an invalid line only means that its image is fetched again
