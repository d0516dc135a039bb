"""Merge a source's images into the manifests: the first step of every data set."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

from f2a_data.engine import removal, state
from f2a_data.engine.claims import Claims
from f2a_data.engine.lock import locked
from f2a_data.engine.removal import Removed
from f2a_data.engine.summary import Summary, summarise
from f2a_data.sources.removed import STAGE as REMOVED_BY
from f2a_data.stages import ORDER
from f2a_data.stages.base import Source
from f2a_manifests import ExitCode, FatalError, Reason, Record, Status, Unit, Workspace
from f2a_manifests.progress import progress

log = logging.getLogger(__name__)
_STAGES = frozenset(stage.name for stage in ORDER)


def collect(source: Source, workspace: Workspace) -> Summary:
    """Import a source's images; existing rows keep the results of later stages.

    Raises:
        FatalError: the source failed; what it gave until then is published.
    """
    workspace.create()
    with locked(workspace):
        claims = Claims(workspace)
        claims.check(source.origin)
        units = {unit.image.id: unit for unit in workspace.load()}
        new: list[Unit] = []
        seen: set[str] = set()
        try:
            for unit in _fresh(units, source, workspace, seen, replaces=claims.is_from(source.origin)):
                units[unit.image.id] = unit
                new.append(unit)
            _look_for_gone(list(units.values()), source, workspace, claims, seen)
        finally:  # what came before the failure is kept
            workspace.publish(list(units.values()))
            if any(unit.image.source == source.origin.label for unit in units.values()):
                claims.keep(source.origin)
            _invalidate(new, units.values(), workspace)
    return summarise(source.name, list(units.values()))


def _fresh(
    units: Mapping[str, Unit], source: Source, workspace: Workspace, seen: set[str], *, replaces: bool
) -> Iterator[Unit]:
    """A source's new and changed images, without removed ones."""
    removed = Removed(units.values())
    for unit in progress(source.collect(workspace), source.name):
        seen.add(unit.image.id)
        if unit.image.id in removed.ids:
            continue
        removed.refuse(unit, workspace)
        old = units.get(unit.image.id)
        if old and not replaces and old.image.sha256 != unit.image.sha256:
            raise FatalError(
                f"{unit.image.source_id} is in the source {unit.image.source!r} already, from another place "
                "and with other content; give this one a name of its own with --source NAME",
                ExitCode.USAGE,
            )
        if not _same(old, unit):
            yield unit


def _look_for_gone(
    units: Sequence[Unit], source: Source, workspace: Workspace, claims: Claims, seen: set[str]
) -> None:
    """Report images that a place no longer has, or drop them if the user asked for it."""
    gone = [
        unit
        for unit in units
        if unit.image.source == source.origin.label
        and unit.image.id not in seen
        and not (unit.image.status is Status.DROP and unit.image.stage in (source.name, REMOVED_BY))
    ]
    if not gone or not source.origin.complete or not claims.is_only(source.origin):
        return
    names = ", ".join(unit.image.source_id for unit in gone[:3]) + (", ..." if len(gone) > 3 else "")
    if source.origin.drops_missing:
        removal.drop(workspace, units, gone, source.name, Reason.GONE)
        log.warning("%d images are not there any more, and dropped: %s", len(gone), names)
    else:
        log.warning("%d images are not there any more (--drop-missing drops them): %s", len(gone), names)


def _invalidate(new: Iterable[Unit], units: Iterable[Unit], workspace: Workspace) -> None:
    """Say which stages have something to do: images that came with boxes need no detection."""
    if all(map(_has_boxes, units)):
        state.confirm(workspace, "detect", "all boxes came with their images")
    if new := list(new):
        state.restart(workspace, "crop" if all(map(_has_boxes, new)) else "detect")


def _has_boxes(unit: Unit) -> bool:
    return not unit.image.kept or any(face.box_came_with_source for face in unit.faces)


def _same(old: Unit | None, new: Unit) -> bool:
    """Whether a source gave the same as before, so that later stages' results are still valid."""
    if old is None or _given(old.image) != _given(new.image):
        return False
    boxes = [face for face in old.faces if face.box_came_with_source]
    return list(map(_given, boxes)) == list(map(_given, new.faces))


def _given(record: Record) -> tuple[object, ...]:
    """What a source says about an image or a face, except its address, because servers move."""
    file = () if record.is_face else (record.path, record.sha256)
    verdict = ("", "") if record.stage in _STAGES else (record.reason, record.detail)
    return (
        record.id, record.domain, record.source_id, record.source_md5, record.rating, record.landmarks,
        record.group, record.source_split, record.artist, record.tags, verdict, *file,
    )  # fmt: skip
