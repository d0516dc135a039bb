"""A stage's finished work, on disk: a run can continue after kill -9, and a later run skips old work.

One line of JSON per unit, append-only. The key is a hash of the stage's identity and of the unit as it went
in, so a changed option, detector version or upstream row misses the journal and is worked on again.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Self

from f2a_manifests import COLUMNS, FatalError, Record, Unit, atomic_file
from f2a_manifests.atomic import explain
from f2a_manifests.cells import CODED
from f2a_manifests.record import ENUMS


class StageJournal:
    """The journal of one stage; a context manager while units are appended."""

    def __init__(self, path: Path, identity: str) -> None:
        self._path = path
        self._identity = identity
        self._file: IO[bytes] | None = None
        self._offsets = _index(path)

    def __enter__(self) -> Self:
        try:
            self._file = self._path.open("ab")
        except OSError as error:
            raise FatalError(explain(error, self._path)) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def key(self, unit: Unit) -> str:
        """The unit's key under this stage: 32 hex digits."""
        text = json.dumps([self._identity, _pack(unit)], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def finished(self, keys: Iterable[str]) -> Iterator[tuple[str, Unit]]:
        """The finished units of those keys that have one."""
        if not self._offsets:
            return
        with self._path.open("rb") as file:
            for key in keys:
                if key in self._offsets:
                    file.seek(self._offsets[key])
                    yield key, _unpack(json.loads(file.readline())[1])

    def append(self, key: str, unit: Unit) -> None:
        """Add a finished unit; after this returns, a kill cannot lose it.

        Raises:
            FatalError: the disk is full, or the workspace is gone.
        """
        assert self._file is not None, "append inside the with block"  # noqa: S101
        line = json.dumps([key, _pack(unit)], separators=(",", ":")).encode() + b"\n"
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            raise FatalError(explain(error, self._path)) from error

    def compact(self, finished: Iterable[tuple[str, Unit]]) -> None:
        """Keep only these; called when their manifests are published."""
        with atomic_file(self._path) as file:
            for key, unit in finished:
                file.write(json.dumps([key, _pack(unit)], separators=(",", ":")).encode() + b"\n")


def _index(path: Path) -> dict[str, int]:
    """Where each key's line begins; a torn last line is cut off, so that appending is safe."""
    offsets: dict[str, int] = {}
    if not path.exists():
        return offsets
    end = 0
    with path.open("rb+") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            try:
                key = json.loads(line)[0]
            except (ValueError, IndexError, TypeError):
                break
            offsets[key] = end
            end += len(line)
        file.truncate(end)
    return offsets


def _pack(unit: Unit) -> list[list[Any]]:
    return [[_value(record, name) for name in COLUMNS] for record in (unit.image, *unit.faces)]


def _value(record: Record, name: str) -> Any:  # noqa: ANN401 -- any column's
    value = getattr(record, name)
    return CODED[name].encode(value) if name in CODED else value


def _unpack(rows: list[list[Any]]) -> Unit:
    image, *faces = (_record(row) for row in rows)
    return Unit(image, faces)


def _record(row: list[Any]) -> Record:
    values = dict(zip(COLUMNS, row, strict=True))
    typed = {name: kind(values[name]) for name, kind in ENUMS.items()}
    typed |= {name: codec.decode(values[name]) for name, codec in CODED.items()}
    return Record(**values | typed)
