"""The CSV manifests, published from the shards.

``shards/published.json`` remembers the hashes of the files that were published, and of the rows in them. They
show whether the files are up to date, and whether the user has edited them; see `f2a_engine.edited`.
"""

import logging
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NoReturn

import msgspec

from f2a_engine import state
from f2a_engine.counts import Counts
from f2a_engine.layers import load
from f2a_engine.lock import briefly_locked
from f2a_manifests import COLUMNS, Domain, FatalError, Unit, Workspace, sha256_file, write_text
from f2a_manifests import parquet as files
from f2a_manifests.arrow import Arrays
from f2a_manifests.outdated import published_note
from f2a_manifests.shards import Snapshot
from f2a_manifests.table import write_streams

_LOG = logging.getLogger(__name__)
SMALL = 1_000_000
"""Rows up to which the CSV manifests are published at the end of each command."""


class Published(msgspec.Struct, rename={"importing": "taking_in"}):
    """What was published last.

    Attributes:
        state: a hash of the rows, see `Snapshot.state`.
        files: size, time and SHA-256 of each file by its name: of the current one, and of the one that is
            about to replace it.
        importing: edited manifests are being imported; after a kill the import continues.
        behind: a command changed rows without updating the files, see `f2a_manifests.outdated`.
    """

    state: str = ""
    files: dict[str, list[tuple[int, int, str]]] = {}
    importing: bool = False
    behind: bool = False

    @classmethod
    def of(cls, workspace: Workspace) -> "Published":
        """The current files, none of them up to date."""
        known = cls()
        known.remember(manifests_of(workspace))
        return known

    @classmethod
    def read(cls, workspace: Workspace) -> "Published":
        """Read it; empty if there is none or it is damaged."""
        try:
            return msgspec.json.decode(published_note(workspace).read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError):
            return cls()

    def write(self, workspace: Workspace) -> None:
        """Write it."""
        write_text(published_note(workspace), msgspec.json.encode(self).decode())

    def note_behind(self, workspace: Workspace, *, behind: bool) -> None:
        """Record whether the files are older than the rows."""
        if self.behind is not behind:
            self.behind = behind
            self.write(workspace)

    def changed(self, workspace: Workspace) -> bool:
        """Whether the user has edited or added a manifest since."""
        return any(self._is_changed(path) for path in manifests_of(workspace))

    def _is_changed(self, path: Path) -> bool:
        known = self.files.get(path.name, [])
        size, time, _ = _about(path, "")
        if any((size, time) == tuple(one[:2]) for one in known):
            return False
        return not known or _about(path)[2] not in [one[2] for one in known]

    def remember(self, paths: Iterable[Path], *, also: bool = False) -> None:
        """Record these files, in place of earlier ones; with ``also`` in addition to them."""
        for path in paths:
            before = self.files.get(path.name, []) if also else []
            self.files[path.name] = [*before, _about(path)]


def _about(path: Path, sha256: str | None = None) -> tuple[int, int, str]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns, sha256_file(path) if sha256 is None else sha256


def publish(workspace: Workspace, *, whatever_size: bool = False) -> bool:
    """Write the CSV manifests, unless they are up to date or have more than `SMALL` rows.

    Returns:
        Whether they are up to date now.
    """
    with briefly_locked(workspace):
        shards, known = state.snapshot(workspace), Published.read(workspace)
        if known.state == shards.state and all(
            path.exists() for path in manifests_of(workspace, always=True)
        ):
            known.note_behind(workspace, behind=False)
            return True
        if known.changed(workspace):
            _LOG.warning("the CSV manifests were edited in the meantime and are left as they are")
            known.note_behind(workspace, behind=True)
            return False
        if not whatever_size and not _is_small(workspace, shards):
            _LOG.info("more than a million rows: run f2a-data manifests to write the CSV manifests")
            known.note_behind(workspace, behind=True)
            return False
        staged = _write(workspace, shards)
        known.remember(staged, also=True)
        known.write(workspace)
        for path in reversed(staged):
            path.replace(workspace.manifests / path.name)
        known.files = {name: versions[-1:] for name, versions in known.files.items()}
        known.state, known.behind = shards.state, False
        known.write(workspace)
        return True


def update_manifests(workspace: Workspace) -> None:
    """Write the CSV manifests, however large, if they are older than the rows; for commands that read them.

    Edited manifests stay as they are if they are up to date otherwise: the command should read them.

    Raises:
        FatalError: an earlier version made the workspace, or the manifests were edited and are older than
            the workspace.
    """
    refuse_old(workspace)
    shards, known = state.snapshot(workspace), Published.read(workspace)
    if not shards.chains or known.state == shards.state:
        return
    if known.changed(workspace):
        refuse_older(workspace)
    _LOG.info("writing the CSV manifests first: they are older than the workspace")
    publish(workspace, whatever_size=True)


def refuse_older(workspace: Workspace) -> NoReturn:
    """Refuse edited manifests that are older than the rows.

    Raises:
        FatalError: always.
    """
    raise FatalError(
        f"the CSV manifests in {workspace.manifests} were edited, but are older than the "
        "workspace: move them away, run f2a-data manifests, and edit them again"
    )


def edited_rows(workspace: Workspace) -> list[Unit]:
    """The rows of edited CSV manifests, for commands that only read; empty if they were not edited."""
    refuse_old(workspace)
    return workspace.load() if Published.read(workspace).changed(workspace) else []


def current(
    workspace: Workspace,
    of_images: Iterable[str] = COLUMNS,
    of_faces: Iterable[str] = COLUMNS,
    without_faces: Collection[str] | None = None,
) -> Iterator[list[Unit]]:
    """The current rows, shard by shard, for commands that only read; see `load` for the arguments.

    Of edited manifests, all rows with all columns.
    """
    if rows := edited_rows(workspace):
        yield rows
        return
    for chain in state.snapshot(workspace).chains.values():
        yield load(workspace.shards, chain, of_images, of_faces, without_faces)


def refuse_old(workspace: Workspace) -> None:
    """Refuse the workspace of an earlier version.

    Raises:
        FatalError: it is one.
    """
    if (workspace.journal / "state.json").exists():  # an upgrade deletes it at its end
        raise FatalError(f"{workspace.root} was made by an earlier version; run f2a-data upgrade")


def manifests_of(workspace: Workspace, *, always: bool = False) -> list[Path]:
    """The manifests that exist; with ``always``, those that always should."""
    if always:
        return [workspace.images_csv]
    paths = (workspace.images_csv, *map(workspace.faces_csv, Domain))
    return [path for path in paths if path.exists()]


def _is_small(workspace: Workspace, shards: Snapshot) -> bool:
    rows, chains = 0, iter(shards.chains.values())
    while rows <= SMALL and (chain := next(chains, None)):
        counts = Counts(files.facts(workspace.shards, chain[-1]).counts)
        rows += counts.images.total() + counts.faces.total()
    return rows <= SMALL


def total(workspace: Workspace, shards: Snapshot, stage: str = "") -> Counts:
    """Count the rows of all shards by kind: now, or after a stage."""
    counts = Counts()
    for shard, chain in shards.chains.items():
        last = shards.upto(shard, stage)[-1] if stage else chain[-1]
        counts.add(files.facts(workspace.shards, last).counts)
    return counts


def _write(workspace: Workspace, shards: Snapshot) -> list[Path]:
    """Write all rows to new files; a domain without faces has one only if it had one before."""
    folder = workspace.shards / ".publishing"
    shutil.rmtree(folder, ignore_errors=True)  # of a command that was killed
    folder.mkdir()
    used = {kind.domain for kind, _ in total(workspace, shards).kinds("faces")}
    faces = [
        workspace.faces_csv(domain)
        for domain in Domain
        if domain in used or workspace.faces_csv(domain).exists()
    ]
    staged = [folder / path.name for path in (workspace.images_csv, *faces)]
    write_streams(staged, _chunks(workspace, shards, folder))
    for schema in folder.glob("*.json"):
        schema.replace(workspace.manifests / schema.name)
    return staged


def _chunks(workspace: Workspace, shards: Snapshot, folder: Path) -> Iterator[dict[Path, Arrays]]:
    for chain in shards.chains.values():
        images, faces = files.merged_arrays(workspace.shards, chain)
        chunk = {folder / workspace.images_csv.name: images}
        for domain, of_domain in _by_domain(images, faces).items() if faces else ():
            chunk[folder / workspace.faces_csv(domain).name] = of_domain
        yield chunk


def _by_domain(images: Arrays, faces: Arrays) -> dict[Domain, Arrays]:
    """The faces of each domain's images."""
    import pyarrow.compute as pc  # noqa: PLC0415 -- importing it takes 0.1 s, of commands that write nothing

    domains = pc.unique(images["domain"])
    if len(domains) == 1:
        return {Domain(domains[0].as_py()): faces}
    of_parents = pc.take(images["domain"], pc.index_in(faces["parent"], images["id"]))
    chosen = {Domain(domain.as_py()): pc.equal(of_parents, domain) for domain in domains}
    return {
        domain: {name: cells.filter(rows) for name, cells in faces.items()} for domain, rows in chosen.items()
    }
