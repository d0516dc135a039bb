"""The CSV manifests, published from the shards.

``shards/published.json`` remembers the hashes of the files that were published, and of the rows in them. So a
command knows whether they are up to date, and whether somebody has changed them: `taking_in` says what then.
"""

import json
import logging
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn

from f2a_engine import state
from f2a_engine.counts import Counts
from f2a_engine.layers import load
from f2a_engine.lock import briefly_locked
from f2a_manifests import COLUMNS, Domain, FatalError, Unit, Workspace, sha256_file, write_text
from f2a_manifests import parquet as files
from f2a_manifests.outdated import published_note
from f2a_manifests.shards import Snapshot
from f2a_manifests.table import Columns, write_streams

_LOG = logging.getLogger(__name__)
SMALL = 1_000_000
"""Rows up to which the CSV manifests are published at the end of each command."""


@dataclass(slots=True)
class Published:
    """What was published last.

    Attributes:
        state: a hash of the rows, see `Snapshot.state`.
        files: size, time and SHA-256 of each file by its name: of the one that is there, and of the one that
            is about to take its place.
        taking_in: a change by hand is being taken in; after a kill that goes on.
        behind: a command changed rows and left the files as they were, see `f2a_manifests.outdated`.
    """

    state: str = ""
    files: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    taking_in: bool = False
    behind: bool = False

    @classmethod
    def of(cls, workspace: Workspace) -> "Published":
        """The files as they are, but none of them up to date."""
        known = cls()
        known.remember(manifests_of(workspace))
        return known

    @classmethod
    def read(cls, workspace: Workspace) -> "Published":
        """What is remembered; nothing where there is nothing, or it is damaged."""
        try:
            return cls(**json.loads(published_note(workspace).read_bytes()))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, workspace: Workspace) -> None:
        """Remember it."""
        write_text(published_note(workspace), json.dumps(asdict(self)))

    def note_behind(self, workspace: Workspace, *, behind: bool) -> None:
        """Remember whether the files lag behind the rows."""
        if self.behind is not behind:
            self.behind = behind
            self.write(workspace)

    def changed(self, workspace: Workspace) -> bool:
        """Whether somebody has changed, or brought, a manifest since."""
        return any(self._is_changed(path) for path in manifests_of(workspace))

    def _is_changed(self, path: Path) -> bool:
        known = self.files.get(path.name, [])
        size, time, _ = _about(path, "")
        if any((size, time) == tuple(one[:2]) for one in known):
            return False
        return not known or _about(path)[2] not in [one[2] for one in known]

    def remember(self, paths: Iterable[Path], *, also: bool = False) -> None:
        """These files are what is known; ``also`` beside what is known already."""
        for path in paths:
            before = self.files.get(path.name, []) if also else []
            self.files[path.name] = [*before, _about(path)]


def _about(path: Path, sha256: str | None = None) -> tuple[int, int, str]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns, sha256_file(path) if sha256 is None else sha256


def publish(workspace: Workspace, *, whatever_size: bool = False) -> bool:
    """Write the CSV manifests, unless they are up to date or too large to do so each time.

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
            _LOG.warning("the CSV manifests were changed by hand meanwhile, and are left as they are")
            known.note_behind(workspace, behind=True)
            return False
        if not whatever_size and not _is_small(workspace, shards):
            _LOG.info("more than a million rows: f2a-data manifests writes the CSV manifests")
            known.note_behind(workspace, behind=True)
            return False
        staged = _write(workspace, shards)
        known.remember(staged, also=True)
        known.write(workspace)
        for path in reversed(staged):
            path.replace(workspace.manifests / path.name)
        known.remember(manifests_of(workspace))
        known.state, known.behind = shards.state, False
        known.write(workspace)
        return True


def bring_up_to_date(workspace: Workspace) -> None:
    """Write the CSV manifests, however large, if rows have changed since; for commands that read them.

    A change by hand of manifests that are up to date stays: they are what the command should read.

    Raises:
        FatalError: this is the workspace of an earlier version, or the manifests were changed by hand and are
            older than the workspace.
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
    """Refuse manifests of which nobody could say whether their cells or those of the shards are newer.

    Raises:
        FatalError: with the way out.
    """
    raise FatalError(
        f"the CSV manifests in {workspace.manifests} were changed by hand, but are older than the "
        "workspace: move them away, run f2a-data manifests, and make the change again"
    )


def brought(workspace: Workspace) -> list[Unit]:
    """The rows of CSV manifests that somebody has changed or brought, for commands that only read."""
    refuse_old(workspace)
    return workspace.load() if Published.read(workspace).changed(workspace) else []


def current(
    workspace: Workspace, of_images: Iterable[str] = COLUMNS, of_faces: Iterable[str] = COLUMNS
) -> Iterator[list[Unit]]:
    """All rows as they stand, shard by shard, with some columns or all, for commands that only read."""
    if rows := brought(workspace):
        yield rows
        return
    for chain in state.snapshot(workspace).chains.values():
        yield load(workspace.shards, chain, of_images, of_faces)


def refuse_old(workspace: Workspace) -> None:
    """Say how to go on where an earlier version worked.

    Raises:
        FatalError: this is the workspace of an earlier version.
    """
    if (workspace.journal / "state.json").exists():  # an upgrade deletes it at its end
        raise FatalError(f"{workspace.root} is of an earlier version; upgrade it with f2a-data upgrade")


def manifests_of(workspace: Workspace, *, always: bool = False) -> list[Path]:
    """The manifests that are there; ``always`` stands for those that always should."""
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
    """The rows of all shards by kind, as they stand, or as one stage and those before it left them."""
    counts = Counts()
    for shard, chain in shards.chains.items():
        last = shards.upto(shard, stage)[-1] if stage else chain[-1]
        counts.add(files.facts(workspace.shards, last).counts)
    return counts


def _write(workspace: Workspace, shards: Snapshot) -> list[Path]:
    """Stream all rows into three new files; a domain without faces has one only if it had one."""
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
    write_streams(staged, lambda: _chunks(workspace, shards, folder))
    for schema in folder.glob("*.json"):
        schema.replace(workspace.manifests / schema.name)
    return staged


def _chunks(workspace: Workspace, shards: Snapshot, folder: Path) -> Iterator[dict[Path, Columns]]:
    for chain in shards.chains.values():
        images, faces = files.merged(workspace.shards, chain)
        chunk = {folder / workspace.images_csv.name: images}
        domains = dict(zip(images["id"], images["domain"], strict=True))
        for domain in set(domains.values()) if faces else ():
            chosen = [number for number, name in enumerate(faces["parent"]) if domains.get(name) == domain]
            if chosen:
                chunk[folder / workspace.faces_csv(Domain(domain)).name] = {
                    name: [column[number] for number in chosen] for name, column in faces.items()
                }
        yield chunk
