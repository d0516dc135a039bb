"""Check the files of a workspace against its manifests."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from f2a_data.engine import workers
from f2a_faces.images import ImageError, decode
from f2a_manifests import FatalError, Record, Workspace, sha256_file
from f2a_manifests.progress import progress_bar

FOLDERS = ("images", "crops")


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


def verify(workspace: Workspace, processes: int) -> Findings:
    """Read every file that a manifest names, and look for files that none does.

    Raises:
        FatalError: there is nothing to check, or a manifest cannot be read.
    """
    units = workspace.load()
    if not units:
        raise FatalError(f"there is no manifest in {workspace.manifests} to check against")
    rows = [row for unit in units for row in (unit.image, *unit.faces) if row.path]
    # Equal files share one path; a kept row is checked more closely than one that was dropped.
    records = list({row.path: row for row in sorted(rows, key=lambda row: row.kept)}.values())
    findings = Findings(checked=len(records))
    with progress_bar("verify", total=len(records), unit="file") as bar:
        for record, problem in workers.results(partial(_check, workspace), records, processes):
            if isinstance(problem, workers.WorkerDied):
                findings.unreadable.append(record.path)
            elif problem:
                getattr(findings, problem).append(record.path)
            bar.update()
    findings.extra = sorted(_files(workspace) - {record.path for record in records})
    return findings


def _check(workspace: Workspace, record: Record) -> str:
    """The name of the list in `Findings` that this row's file belongs in, or nothing."""
    path = workspace.file(record)
    if not path.is_file():
        return "" if record.status == "error" else "missing"
    if record.sha256 and sha256_file(path) != record.sha256:
        return "changed"
    return "" if not record.kept or _readable(path) else "unreadable"


def _readable(path: Path) -> bool:
    try:
        decode(path)
    except ImageError:
        return False
    return True


def _files(workspace: Workspace) -> set[str]:
    return set(_walk(workspace.root))


def _walk(root: Path) -> Iterator[str]:
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(root).as_posix()
