"""Publish a workspace: its rows, hashes, terms and rules, without images and private data."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from f2a_engine.manifests import update_manifests
from f2a_faces.images import decode
from f2a_manifests import (
    Domain,
    ExitCode,
    FatalError,
    Record,
    Unit,
    Unusable,
    Workspace,
    sha256_file,
    write_text,
)
from f2a_manifests.decisions import Decisions, box_of, source_of
from f2a_manifests.mending import is_mended
from f2a_manifests.progress import progress
from f2a_manifests.regrouping import regrouped, unsettled
from f2a_manifests.tilting import unflagged
from f2a_publish import croissant, pixels, regrouping
from f2a_publish.bundle import new_bundle
from f2a_publish.card import card
from f2a_publish.describe import Titles, describe
from f2a_publish.selection import Selection, select
from f2a_queue import remaining


def choose(workspace: Workspace, *, with_local: bool) -> Selection:
    """What would be published.

    Raises:
        FatalError: there is nothing that others could rebuild, or a stage or the review is not finished.
    """
    update_manifests(workspace)
    units = workspace.load()
    chosen = select(units, with_local=with_local)
    if not any(unit.faces for unit in chosen.units):
        local = sum(chosen.local.values())
        raise FatalError(
            f"there are no faces in {workspace.root} that others could rebuild"
            + (f"; {local} images are from own folders, --with-local publishes their rows" if local else ""),
            ExitCode.NO_RESULTS,
        )
    _check_finished(chosen.units)
    _check_decided(workspace, chosen.units)
    return chosen


def publish(workspace: Workspace, out: Path, titles: Titles, *, with_local: bool = False) -> Selection:
    """Write a published set; the same workspace and titles give the same bytes.

    Raises:
        FatalError: see `choose`; or a crop is missing or damaged, or the place cannot be written.
    """
    chosen = choose(workspace, with_local=with_local)
    with new_bundle(out) as folder:
        (folder / "manifests").mkdir()
        tables = _write_tables(folder, chosen.units)
        write_text(folder / "crops.csv", pixels.table(_hashes(workspace, chosen.units)))
        described = describe(workspace, chosen.units, titles)
        write_text(folder / "dataset.toml", described.text())
        said = regrouped(chosen.units, Decisions.load(workspace.decisions_log))
        tables += ["crops.csv"]
        if said.chosen or said.alone:
            write_text(folder / regrouping.NAME, regrouping.table(said))
            tables += [regrouping.NAME]
        sums = {name: sha256_file(folder / name) for name in tables}
        write_text(folder / "croissant.json", croissant.croissant(described, sums))
        write_text(folder / "README.md", card(described, chosen.units, remaining.read(workspace)))
    return chosen


def _write_tables(folder: Path, units: Sequence[Unit]) -> list[str]:
    """Write the manifests, without their schemas; their paths in the set."""
    target = Workspace(folder)
    target.publish(units)
    for schema in target.manifests.glob("*.schema.json"):
        schema.unlink()
    paths = (target.images_csv, *map(target.faces_csv, Domain))
    return [path.relative_to(folder).as_posix() for path in paths if path.exists()]


def _hashes(workspace: Workspace, units: Iterable[Unit]) -> dict[str, str]:
    """The hashes of the crops' pixels; the crops' files are checked first."""
    faces = [face for unit in units for face in unit.faces if face.path]
    return {face.id: _hash(workspace, face) for face in progress(faces, "publish")}


def _hash(workspace: Workspace, face: Record) -> str:
    try:
        return pixels.pixels_sha256(decode(workspace.intact_file(face)).pixels)
    except Unusable as error:
        raise FatalError(f"{workspace.root / face.path}: {error}; run f2a-data crop again") from None


def _check_finished(units: Iterable[Unit]) -> None:
    for unit in units:
        if unit.image.kept and not unit.faces:
            raise FatalError(f"{unit.image.id} has not been searched; run f2a-data detect", ExitCode.USAGE)
        if any(face.kept and not face.path for face in unit.faces):
            raise FatalError(f"faces of {unit.image.id} have no crop; run f2a-data crop", ExitCode.USAGE)


def _check_decided(workspace: Workspace, units: Sequence[Unit]) -> None:
    """Check that the manifests contain all decisions of the log."""
    log = Decisions.load(workspace.decisions_log)
    for unit in units:
        if not is_mended(unit, log):
            raise FatalError(
                f"boxes drawn in {unit.image.id} are not cropped; run f2a-data crop", ExitCode.USAGE
            )
    if unsettled(units, log):
        raise FatalError("copies were chosen or told apart; run f2a-data dedup", ExitCode.USAGE)
    if unflagged(units, log):
        raise FatalError("faces were marked as tilted; run f2a-data clean", ExitCode.USAGE)
    for unit in units:
        said = log.match(source_of(unit.image), map(box_of, unit.faces))
        if any(face.decision != said[box_of(face)] for face in unit.faces):
            raise FatalError(
                f"decisions on {unit.image.id} are not in the manifests; run f2a-data review and split",
                ExitCode.USAGE,
            )
