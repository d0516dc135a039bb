"""Rebuild a published set: fetch, crop, compare, and restore the rows."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import PIL

from f2a_data.stages.crop import Crop
from f2a_engine import runner, state
from f2a_engine.collect import collect
from f2a_engine.edited import record_stages, replace_rows
from f2a_engine.local import Local
from f2a_engine.manifests import current
from f2a_engine.stages import order_names
from f2a_engine.state import FROM_CSV
from f2a_faces.images import decode
from f2a_manifests import (
    BoxFrom,
    Decision,
    ExitCode,
    FatalError,
    Reason,
    Record,
    Unit,
    Unusable,
    Workspace,
    write_text,
)
from f2a_manifests.decisions import NO_BOX, Decisions, Entry, FaceKey, box_of, source_of
from f2a_manifests.options import build
from f2a_manifests.progress import progress
from f2a_manifests.regrouping import Regrouped
from f2a_manifests.tilting import FLAGS
from f2a_publish import pixels
from f2a_publish.original import STAGE, Original
from f2a_publish.published import Published
from f2a_publish.report import Report


def rebuild(published: Published, workspace: Workspace, sources: list[Original], workers: int) -> Report:
    """Rebuild the set in an empty workspace, or continue an interrupted rebuild.

    If everything is there already, only the crops are compared.

    Raises:
        FatalError: the workspace has other content, this installation crops differently, or a source
            failed.
    """
    check_crops(published)
    _claim(published, workspace)
    units = _there(published, workspace) or _made_again(published, workspace, sources, workers)
    return Report.of(published, units)


def _there(published: Published, workspace: Workspace) -> list[Unit]:
    """The published rows, if an earlier call has rebuilt all of them; else nothing."""
    here = _here(workspace)
    files = (unit.image.path for unit in here.values() if unit.image.path)
    if (
        here.keys() != {unit.image.id for unit in published.units}
        or not state.read(workspace).keys() >= set(published.about.stages)
        or not all((workspace.root / path).is_file() for path in files)
    ):
        return []
    units = list(_finished(published, workspace, here))
    failed = any(row.stage == STAGE for unit in units for row in (unit.image, *unit.faces))
    return [] if failed or units != list(here.values()) else units


def _made_again(
    published: Published, workspace: Workspace, sources: list[Original], workers: int
) -> list[Unit]:
    """Fetch, crop and compare; the rows as they stand in the end."""
    for source in sources:
        collect(source, workspace)
    rule = {"preset": published.rule.name, "size": published.rule.size}
    runner.run(build(Crop, rule, "crop"), workspace, Local(workers))
    units = list(_finished(published, workspace, _here(workspace)))
    replace_rows(workspace, units, "rebuild")
    _decide(published, workspace, units)
    _confirm_stages(published, workspace, units)
    return units


def check_crops(published: Published) -> None:
    """Check, before the download, that this installation makes the same crops as the publisher's.

    Raises:
        FatalError: it does, with the versions.
    """
    if pixels.probe(published.rule.size) != published.about.crop.probe_sha256:
        raise FatalError(
            f"this installation crops differently: Pillow {PIL.__version__} here, the set was made with "
            f"{published.about.tool.name} {published.about.tool.version} and Pillow "
            f"{published.about.tool.libraries.get('pillow', '?')}; install those",
            ExitCode.MISMATCH,
        )


def _claim(published: Published, workspace: Workspace) -> None:
    """Record which set is rebuilt here; refuse a workspace with other content."""
    marker = workspace.journal / "rebuild.json"
    if marker.exists() and marker.read_bytes() == _marked(published).encode():
        return
    if workspace.images_csv.exists() or marker.exists():
        raise FatalError(
            f"{workspace.root} holds another data set; rebuild in an empty --workspace", ExitCode.USAGE
        )
    workspace.create()
    write_text(marker, _marked(published))


def _marked(published: Published) -> str:
    return json.dumps({"published": published.fingerprint}) + "\n"


def _here(workspace: Workspace) -> dict[str, Unit]:
    return {unit.image.id: unit for units in current(workspace) for unit in units}


def _finished(published: Published, workspace: Workspace, here: Mapping[str, Unit]) -> Iterator[Unit]:
    """The published rows in their order, with this workspace's files and errors for missing ones."""
    for unit in progress(published.units, "compare"):
        found = here[unit.image.id]
        if found.image.reason is Reason.REMOVED:
            yield found
            continue
        faces = {face.id: face for face in found.faces}
        if found.image.stage == STAGE or not published.needed(unit):
            yield Unit(found.image, [_missed(face, found.image) for face in unit.faces])
        else:
            image = replace(unit.image, path=found.image.path)
            yield Unit(image, [_compared(published, workspace, face, faces) for face in unit.faces])


def _missed(face: Record, image: Record) -> Record:
    """A face without a file: it fails with its image, unless it was dropped before."""
    row = replace(face, path="")
    if image.stage == STAGE and row.kept:
        row.fail(STAGE, image.reason, image.detail)
    return row


def _compared(published: Published, workspace: Workspace, face: Record, cuts: Mapping[str, Record]) -> Record:
    """A face with its new crop, if that has the published pixels."""
    cut = cuts[face.id]
    if face.id not in published.crops:
        return replace(face, path="")
    row = replace(face, path=cut.path, sha256=cut.sha256)
    if not cut.path:
        row.fail(STAGE, cut.reason, cut.detail)
        return row
    try:
        here = decode(workspace.intact_file(cut)).pixels
        if pixels.pixels_sha256(here) != published.crops[face.id]:
            row.fail(STAGE, Reason.CROP_DIFFERS)
    except Unusable as error:  # it was cut in an earlier run, and has been damaged since
        (workspace.root / cut.path).unlink(missing_ok=True)
        row.path = ""
        row.fail(STAGE, error.reason, "deleted; rebuild again")
    return row


def _confirm_stages(published: Published, workspace: Workspace, units: list[Unit]) -> None:
    """The results of these stages are in the published rows, so that none of them has to run again."""
    done, whose = state.read(workspace), f"published {published.fingerprint[:12]}"
    identities = {
        name: whose if name in published.about.stages else ""
        for name in order_names()
        if done.get(name, FROM_CSV) == FROM_CSV
    }
    failed = {unit.image.id for unit in units if any(row.stage == STAGE for row in (unit.image, *unit.faces))}
    record_stages(workspace, identities, "rebuild", failed)


def _decide(published: Published, workspace: Workspace, units: list[Unit]) -> None:
    """Add the published decisions to the log, so that the review continues from them.

    They are as old as the publication, so that later ones of another workspace count when both are merged.
    """
    time = min(f"{published.about.date}T00:00:00Z", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    log = Decisions.load(workspace.decisions_log)
    log.append([entry for unit in units for entry in _entries(unit, log, time)])
    log.append(list(_about_copies(published.said, units, log, time)))


def _entries(unit: Unit, log: Decisions, time: str) -> Iterator[Entry]:
    source = source_of(unit.image)
    said, drawn = log.match(source, map(box_of, unit.faces)), log.drawn(source)
    for face in unit.faces:
        entry = Entry(time=time, id=face.id, source=source, box=box_of(face), decision=face.decision)
        tilt = next((side for side, flag in FLAGS.items() if flag in face.flags), None)
        if tilt and source not in log.tilted:
            yield replace(entry, was=face.decision, tilt=tilt)
        if face.box_from is BoxFrom.MANUAL and entry.box not in drawn:
            old = (box_of(other) for other in unit.faces if other.detail == face.id)
            yield replace(entry, replaces=next(old, NO_BOX))
        elif face.decision is not Decision.NONE and said[entry.box] is Decision.NONE:
            yield entry


def _about_copies(said: Regrouped, units: list[Unit], log: Decisions, time: str) -> Iterator[Entry]:
    """What the log does not have of it; a line for each face that it is about."""
    keys = {face.id: FaceKey(source_of(unit.image), box_of(face)) for unit in units for face in unit.faces}
    parted, here = said.parted(), {entry.key for entry in log.words}

    def named(others: Iterable[str] | None) -> tuple[FaceKey, ...] | None:
        return None if others is None else tuple(sorted(keys[other] for other in others))

    for one in dict.fromkeys((*said.chosen, *parted)):
        source, box = keys[one]
        decision = log.get(source, box)
        entry = Entry(time=time, id=one, source=source, box=box, decision=decision, was=decision)
        if entry.key not in here:
            stands_for, apart_from = named(said.chosen.get(one)), named(parted.get(one))
            yield replace(entry, stands_for=stands_for, apart_from=apart_from)
