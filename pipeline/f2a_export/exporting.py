"""Write an export, chunk by chunk, so that it continues after a kill."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain, tee
from pathlib import Path
from typing import Any

from f2a_engine.manifests import update_manifests
from f2a_export.base import Format
from f2a_export.card import Counts, write_card
from f2a_export.chunks import Chunk, chunks
from f2a_export.listing import Listing
from f2a_export.pictures import PictureReader
from f2a_export.prefetch import Prefetch
from f2a_manifests import (
    Domain,
    ExitCode,
    FatalError,
    Subset,
    Workspace,
    scan_units,
    sha256_file,
    write_text,
)
from f2a_manifests.atomic import explain
from f2a_manifests.progress import progress_bar
from f2a_manifests.version import __version__

MARK = "export.json"


def export(kind: Format, workspace: Workspace, out: Path, processes: int = 1) -> Counts:
    """Export a workspace's kept faces; a second call continues the first.

    Args:
        kind: the format with its options.
        workspace: only read.
        out: a new folder, or one in which this export began.
        processes: that cut faces or convert images.

    Returns:
        The number of exported and skipped items.

    Raises:
        FatalError: there is nothing to export, ``out`` has other content, the workspace changed
            meanwhile, or the disk is full.
    """
    _check_place(workspace, out)
    update_manifests(workspace)
    plan, stream = _plan(kind, workspace), chunks(kind.items(scan_units(workspace)), kind.per_chunk)
    first = next(stream, None)
    if first is None:
        raise FatalError(f"there are no cropped faces to export in {workspace.root}", ExitCode.NO_RESULTS)
    _claim(out, plan)
    listing = Listing(out)
    if listing.complete:
        return Counts.of(listing.rows())
    todo = (chunk for chunk in chain([first], stream) if not listing.has(chunk.number))
    _write(kind, _with_readers(kind, workspace, todo, processes), out, listing)
    _check_unchanged(plan, _plan(kind, workspace), workspace)
    return _finish(kind, out, listing)


def preview(kind: Format, workspace: Workspace) -> Counter[tuple[Subset, Domain]]:
    """Count the items that would be exported, by split and domain."""
    update_manifests(workspace)
    return Counter((item.split, item.row.domain) for item in kind.items(scan_units(workspace)))


def _with_readers(
    kind: Format, workspace: Workspace, stream: Iterator[Chunk], processes: int
) -> Iterator[tuple[Chunk, PictureReader]]:
    """Each chunk with its picture reader."""
    reader = kind.reader(workspace)
    if reader.slow and processes > 1:
        stream, ahead = tee(stream)  # a few items apart
        reader = Prefetch(reader, (item for chunk in ahead for item in chunk.items), processes)
    yield from ((chunk, reader) for chunk in stream)


def _write(kind: Format, stream: Iterator[tuple[Chunk, PictureReader]], out: Path, listing: Listing) -> None:
    with progress_bar("export", unit="file") as bar:
        for chunk, reader in stream:
            if not (out / MARK).exists():  # an unplugged disk must not be replaced by a folder
                raise FatalError(f"the folder {out} has disappeared; restore it and export again")
            listing.add(chunk.number, kind.write(chunk, reader, out))
            bar.update(len(chunk.items))


def _finish(kind: Format, out: Path, listing: Listing) -> Counts:
    kind.finish(out, listing)
    counts = Counts.of(listing.rows())
    write_card(kind, out, counts)
    if hasattr(os, "sync"):
        os.sync()
    listing.finish()
    return counts


def _plan(kind: Format, workspace: Workspace) -> dict[str, Any]:
    """What an export depends on, without paths."""
    paths = [workspace.images_csv, *(workspace.faces_csv(domain) for domain in Domain)]
    hashes = {path.name: sha256_file(path) for path in paths if path.exists()}
    return {"format": kind.name, "options": asdict(kind), "manifests": hashes}  # type: ignore[call-overload]


def _check_place(workspace: Workspace, out: Path) -> None:
    for name in ("images", "crops", "manifests"):
        if out.resolve().is_relative_to((workspace.root / name).resolve()):
            raise FatalError(f"{out} is part of the workspace; choose another folder", ExitCode.USAGE)


def _claim(out: Path, plan: dict[str, Any]) -> None:
    """Mark the folder as this export's, or check that it is."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        there = any(out.iterdir())
    except OSError as error:
        raise FatalError(explain(error, out / MARK), ExitCode.USAGE) from None
    if not there:
        write_text(out / MARK, json.dumps({"f2a": __version__, **plan}, indent=2) + "\n")
    elif _read_mark(out) != json.loads(json.dumps(plan)):
        raise FatalError(
            f"{out} is not empty, and not this export: another format, other options, or the workspace has "
            "changed since; choose a new folder",
            ExitCode.USAGE,
        )


def _read_mark(out: Path) -> dict[str, Any] | None:
    try:
        mark = json.loads((out / MARK).read_text("utf-8"))
        return {key: value for key, value in mark.items() if key != "f2a"}
    except (OSError, ValueError, AttributeError, RecursionError):
        return None


def _check_unchanged(before: dict[str, Any], after: dict[str, Any], workspace: Workspace) -> None:
    if before != after:
        raise FatalError(
            f"the manifests of {workspace.root} changed during the export; delete the folder and export again"
        )
