"""A workspace on object storage, with a working copy on this machine.

The object ``index.json`` lists all files and their objects: images and crops have the same names, every other
file is ``state/SHA256``. Objects are never changed, and the index is written last, so that readers always see
a consistent workspace. Nothing in the storage is trusted: names that lead elsewhere are refused.

If a command could not publish its results, because it was killed or the server was unavailable, the next one
does, unless another machine has published since.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeVar

import msgspec
from filelock import FileLock

from f2a_manifests.atomic import explain, write_bytes
from f2a_manifests.errors import ExitCode, FatalError, first_line
from f2a_manifests.storage import filesystem, storage_errors

T = TypeVar("T")
CACHE = "F2A_CACHE"
"""The environment variable with the folder of working copies and other caches."""
_INDEX, _MEMORY, _LOCK = "index.json", ".copy.json", ".copy.lock"
_PICTURES = ("images", "crops")
_DECISIONS = "review/decisions.jsonl"
_STAYS = ("cache", "runs")  # on this machine, and what begins with a dot
_REQUESTS = 16  # at a time
_NAME = re.compile(r"[^\x00-\x1f\x7f\\:]{1,1000}")
_OBJECT = re.compile(r"state/[0-9a-f]{64}")


class _File(msgspec.Struct, array_like=True, frozen=True):
    size: int
    object: str


class _Seen(msgspec.Struct, array_like=True, frozen=True):
    """The state of a file when it was last in sync with the storage."""

    size: int
    time: int
    object: str


class _Memory(msgspec.Struct):
    """The last synchronised state of the storage."""

    version: str = ""
    files: dict[str, _Seen] = {}


@contextmanager
def working_copy(url: str) -> Iterator[Path]:
    """Update the working copy of a workspace on object storage, and publish it at the end.

    Raises:
        FatalError: the storage cannot be reached or is invalid, or another machine has published meanwhile.
    """
    copy = _Copy(url, folder_of(url))
    copy.begin()
    try:
        yield copy.root
    except BaseException:
        with suppress(FatalError):  # the first reason is what counts
            copy.end()
        raise
    copy.end()


def folder_of(url: str) -> Path:
    """The folder of an address' working copy."""
    cache = Path(os.environ.get(CACHE) or Path.home() / ".cache" / "f2a")
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", url.rpartition("/")[2])[:40]
    return cache / "workspaces" / f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"


@dataclass
class _Copy:
    url: str
    root: Path
    index: dict[str, _File] = field(default_factory=dict)

    def begin(self) -> None:
        """Download what has changed in the storage."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FatalError(explain(error, self.root)) from error
        with FileLock(self.root / _LOCK):
            version, self.index = self._published()
            memory, here = self._memory(), dict(_listed(self.root))
            if memory.version != version or self._is_torn():
                self._keep_decisions(memory, here)
                self._bring(memory, here)
                if hasattr(os, "sync"):
                    os.sync()
                self._remember(version, dict(_listed(self.root)))

    def end(self) -> None:
        """Upload what has changed, the index last, and delete objects that are no longer needed."""
        with FileLock(self.root / _LOCK):
            memory, here = self._memory(), dict(_listed(self.root))
            version, published = self._published()
            if version != memory.version:
                raise FatalError(
                    f"another machine has published {self.url} meanwhile: what was done here is in "
                    f"{self.root} only, and the next command gives it up"
                )
            if self._is_torn():
                raise FatalError(f"a folder of the working copy {self.root} has disappeared; run again")
            self.index = published
            same = {
                name: _File(about[0], memory.files[name].object)
                for name, about in here.items()
                if _is(memory.files.get(name), about)
            }
            files = same | dict(_each(self._send, here.keys() - same.keys()))
            if files != published:
                self._publish(files, here)
                held = {file.object for file in files.values()}
                self._delete({file.object for file in published.values()} - held)

    def _is_torn(self) -> bool:
        """Whether a folder is missing here that no command deletes."""
        return not all((self.root / top).exists() for top in {name.partition("/")[0] for name in self.index})

    def _keep_decisions(self, memory: _Memory, here: Mapping[str, tuple[int, int]]) -> None:
        """Refuse to replace decisions that were made here and never uploaded."""
        if _DECISIONS not in here or _is(memory.files.get(_DECISIONS), here[_DECISIONS]):
            return
        path = self.root / _DECISIONS
        if self.index.get(_DECISIONS) != _File(here[_DECISIONS][0], _object_of(path.read_bytes())):
            raise FatalError(
                f"{path} has decisions that {self.url} lacks, and another machine has published since: "
                "move the file away, and append its lines to the new one"
            )

    def _publish(self, files: Mapping[str, _File], here: Mapping[str, tuple[int, int]]) -> None:
        data = msgspec.json.encode(dict(sorted(files.items())))
        self._put(_INDEX, data)
        self.index = dict(files)
        self._remember(_version(data), here)

    def _published(self) -> tuple[str, dict[str, _File]]:
        """The index and its hash; empty if there is none yet."""
        system, place = filesystem(self.url)
        try:
            with storage_errors(self.url):
                data = bytes(system.cat_file(f"{place}/{_INDEX}"))
        except FileNotFoundError:
            return "", {}
        try:
            files = msgspec.json.decode(data, type=dict[str, _File])
        except msgspec.DecodeError as error:
            raise FatalError(f"{self.url}/{_INDEX} is damaged: {error}") from None
        for name, file in files.items():
            if not _is_safe(name) or (file.object != name and not _OBJECT.fullmatch(file.object)):
                raise FatalError(f"{self.url}/{_INDEX}: {name!r:.80} cannot be a file of a workspace")
        return _version(data), files

    def _bring(self, memory: _Memory, here: Mapping[str, tuple[int, int]]) -> None:
        seen = memory.files
        for name in here.keys() - self.index.keys():
            (self.root / name).unlink(missing_ok=True)
        missing = [
            name
            for name, file in self.index.items()
            if name not in here or not _is(seen.get(name), here[name]) or seen[name].object != file.object
        ]
        for _ in _each(self._fetch, missing):
            pass

    def _fetch(self, name: str) -> None:
        system, place = filesystem(self.url)
        file, path = self.index[name], self.root / name
        try:
            with storage_errors(self.url):
                data = bytes(system.cat_file(f"{place}/{file.object}"))
        except FileNotFoundError:
            raise FatalError(f"{self.url}/{file.object} is missing: the workspace is damaged") from None
        if len(data) != file.size or (file.object != name and file.object != _object_of(data)):
            raise FatalError(f"{self.url}/{file.object} is damaged, or has been replaced")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.parent.resolve().is_relative_to(self.root.resolve()):
            raise FatalError(f"{path.parent} is a link that leads out of {self.root}")
        write_bytes(path, data, durable=False)

    def _send(self, name: str) -> _File:
        """Upload a file; CSV manifests also get an object with their name, for other programs."""
        data = (self.root / name).read_bytes()
        is_new_picture = name.partition("/")[0] in _PICTURES and name not in self.index
        file = _File(len(data), name if is_new_picture else _object_of(data))
        self._put(file.object, data)
        if PurePosixPath(name).match("manifests/*.csv"):
            self._put(name, data)
        return file

    def _put(self, name: str, data: bytes) -> None:
        system, place = filesystem(self.url)
        try:
            with storage_errors(self.url):
                system.pipe_file(f"{place}/{name}", data)
        except FileNotFoundError as error:
            raise FatalError(f"cannot write {self.url}: {first_line(error)}", ExitCode.USAGE) from None

    def _delete(self, objects: Iterable[str]) -> None:
        system, place = filesystem(self.url)
        with storage_errors(self.url):
            for name in objects:
                with suppress(FileNotFoundError):
                    system.rm_file(f"{place}/{name}")

    def _memory(self) -> _Memory:
        try:
            return msgspec.json.decode((self.root / _MEMORY).read_bytes(), type=_Memory)
        except (OSError, msgspec.DecodeError):
            return _Memory("unknown")

    def _remember(self, version: str, here: Mapping[str, tuple[int, int]]) -> None:
        files = {
            name: _Seen(*here[name], file.object)
            for name, file in self.index.items()
            if name in here and here[name][0] == file.size
        }
        write_bytes(self.root / _MEMORY, msgspec.json.encode(_Memory(version, files)))


def _listed(root: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """The files that belong to the workspace, with size and time."""
    for folder, folders, files in os.walk(root, onerror=_give_up):
        top = folder == str(root)
        folders[:] = [name for name in folders if name[0] != "." and not (top and name in _STAYS)]
        for file in files:
            if file[0] != "." and not file.endswith(".lock"):
                path = os.path.join(folder, file)  # noqa: PTH118 -- a million files, not paths
                with suppress(FileNotFoundError):  # gone just now, or a dead link
                    about = os.stat(path)  # noqa: PTH116
                    name = os.path.relpath(path, root).replace(os.sep, "/")
                    yield name, (about.st_size, about.st_mtime_ns)


def _give_up(error: OSError) -> None:
    raise error  # or what cannot be listed would count as deleted


def _each(work: Callable[[str], T], names: Iterable[str]) -> Iterator[tuple[str, T]]:
    names = list(names)
    pool = ThreadPoolExecutor(_REQUESTS)
    try:
        yield from zip(names, pool.map(work, names), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def _is(seen: _Seen | None, about: tuple[int, int]) -> bool:
    return seen is not None and (seen.size, seen.time) == about


def _is_safe(name: str) -> bool:
    parts = name.split("/")
    return (
        bool(_NAME.fullmatch(name))
        and all(part and part[0] != "." for part in parts)
        and parts[0] not in _STAYS
        and str(PurePosixPath(name)) == name
    )


def _object_of(data: bytes) -> str:
    return f"state/{hashlib.sha256(data).hexdigest()}"


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
