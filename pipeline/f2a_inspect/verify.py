"""Check the files of a workspace against its manifests."""

import os
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from f2a_engine.engines import Engine, Tick
from f2a_engine.local import Local
from f2a_engine.manifests import current
from f2a_faces.images import ImageError, check, contents
from f2a_manifests import FatalError, Record, Workspace, sha256_file
from f2a_manifests.progress import progress_bar

FOLDERS = ("images", "crops")
_TASK = 100  # files
_BATCH = 100_000


@dataclass(slots=True)
class Findings:
    """What does not agree; every entry is a path relative to the workspace.

    Attributes:
        checked: files that a manifest names.
        missing: named, but not there.
        changed: the bytes are not those whose hash the manifest holds.
        unreadable: the row is kept, but its file is no image.
        extra: in ``images/`` or ``crops/``, but in no manifest.
    """

    checked: int = 0
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether files and manifests agree."""
        return not (self.missing or self.changed or self.unreadable or self.extra)

    def as_dict(self) -> dict[str, object]:
        """For ``--json``."""
        return asdict(self)

    def __str__(self) -> str:
        """The last line of ``verify``."""
        counts = ", ".join(
            f"{len(getattr(self, name))} {name}" for name in ("missing", "changed", "unreadable", "extra")
        )
        return f"verify: {self.checked} files checked: {counts}"


def verify(workspace: Workspace, engine: Engine | None = None) -> Findings:
    """Read every file that a row names, and look for files that none does.

    Raises:
        FatalError: there is nothing to check, or a manifest cannot be read.
    """
    findings, named = Findings(), array("q")
    with progress_bar("verify", unit="file") as bar:
        for checked in (engine or Local()).run(_Check(workspace), _tasks(workspace), bar.update):
            named.extend(map(hash, checked))
            for path, problem in checked.items():
                if problem and path not in getattr(findings, problem):
                    getattr(findings, problem).append(path)
    if not named:
        raise FatalError(f"there are no rows in {workspace.root} to check against")
    known = np.unique(np.frombuffer(named, np.int64))  # eight bytes a file, of which there may be millions
    findings.checked = len(known)
    findings.extra = sorted(_unknown(workspace, known))
    return findings


def _unknown(workspace: Workspace, known: NDArray[np.int64]) -> Iterator[str]:
    files = _walk(workspace.root)
    while batch := list(islice(files, _BATCH)):
        named = np.isin(np.array(list(map(hash, batch))), known)
        unknown = (path for path, is_named in zip(batch, named, strict=True) if not is_named)
        yield from (path for path in unknown if (workspace.root / path).is_file())


def _tasks(workspace: Workspace) -> Iterator[list[Record]]:
    """Rows with files: of equal files, which share one path, a kept row rather than one that was dropped."""
    columns = ("id", "path", "sha256", "status")
    for units in current(workspace, columns, (*columns, "parent")):
        rows: dict[str, Record] = {}
        for row in (row for unit in units for row in (unit.image, *unit.faces) if row.path):
            if row.path not in rows or row.kept:
                rows[row.path] = row
        checked = list(rows.values())
        yield from (checked[start : start + _TASK] for start in range(0, len(checked), _TASK))


@dataclass(frozen=True, slots=True)
class _Check:
    workspace: Workspace

    def __call__(self, task: list[Record], tick: Tick, dead: frozenset[int]) -> dict[str, str]:
        """The problem of each file, by its path; empty where there is none."""
        found = {}
        for number, row in enumerate(task):
            found[row.path] = "unreadable" if number in dead else _check(self.workspace, row)
            tick(1)
        return found


def _check(workspace: Workspace, record: Record) -> str:
    """The name of the list in `Findings` that this row's file belongs in, or nothing."""
    path = workspace.file(record)
    file = contents(path)  # read once
    if not isinstance(file, bytes) and not path.is_file():
        return "" if record.status == "error" else "missing"
    if record.sha256 and _sha256(file) != record.sha256:
        return "changed"
    return "" if not record.kept or _readable(file) else "unreadable"


def _sha256(file: Path | bytes) -> str:
    return sha256(file).hexdigest() if isinstance(file, bytes) else sha256_file(file)


def _readable(file: Path | bytes) -> bool:
    try:
        check(file)
    except ImageError:
        return False
    return True


def _walk(root: Path) -> Iterator[str]:
    for folder in FOLDERS:
        for here, _, names in os.walk(root / folder):
            inside = Path(here).relative_to(root).as_posix()
            yield from (f"{inside}/{name}" for name in names if not name.startswith("."))
