"""Run and resume stages; the only place that handles journals, resetting, progress and publishing."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from operator import attrgetter
from typing import cast

from f2a_data.engine import state, workers
from f2a_data.engine.journal import StageJournal
from f2a_data.engine.lock import locked
from f2a_data.engine.summary import Summary, errors_of, summarise
from f2a_data.stages import ORDER, PER_IMAGE
from f2a_data.stages.base import Stage, TableStage, UnitStage, identity
from f2a_manifests import ExitCode, FatalError, Reason, Record, Unit, Workspace
from f2a_manifests.progress import progress_bar

_CROP = re.compile(r"[0-9a-f]{32}\.png")
_EMPTY = {field.name: field.default for field in fields(Record)}
_VERDICT = ("status", "reason", "detail", "stage")


def run(stage: Stage, workspace: Workspace, processes: int = 1) -> Summary:
    """Run a stage over the workspace; finished images come from the journal.

    Raises:
        FatalError: the workspace is gone or locked, or the disk is full; run the same command to continue.
    """
    _require(workspace, images=isinstance(stage, PER_IMAGE))
    with locked(workspace):
        state.check_order(workspace, stage.name)
        units = workspace.load()
        before = _standing(units, stage.name)
        reset(units, stage.name)
        if isinstance(stage, PER_IMAGE):
            units = _run_per_image(stage, workspace, units, processes, before)
        else:
            cast(TableStage, stage)(workspace, units)
            _publish(stage, workspace, units, before)
    return summarise(stage.name, units)


def _run_per_image(
    stage: UnitStage, workspace: Workspace, units: list[Unit], processes: int, before: int
) -> list[Unit]:
    journal = StageJournal(workspace.journal / f"{stage.name}.jsonl", identity(stage))
    keys = [journal.key(unit) for unit in units]
    finished = dict(_known(journal, keys, workspace, stage.name))
    _work(stage, workspace, processes, journal, finished, list(zip(keys, units, strict=True)))
    units = [finished[key] for key in keys]
    _publish(stage, workspace, units, before)
    journal.compact(zip(keys, units, strict=True))
    return units


def _require(workspace: Workspace, *, images: bool) -> None:
    if not workspace.images_csv.exists():
        raise FatalError(
            f"there are no images in {workspace.root}; start with scrape, celeba, fbp5500 or folder",
            ExitCode.NO_RESULTS,
        )
    if images:  # the others work on manifests and crops alone, as they may be passed on
        _check_workspace(workspace)
    workspace.create()


def reset(units: Sequence[Unit], name: str) -> None:
    """Put the rows back to how the stages before ``name`` left them."""
    again = _from(name)
    columns = [column for stage in again for column in stage.owns]
    names = {stage.name for stage in again}
    for unit in units:
        if name == "detect":
            unit.faces = [face for face in unit.faces if face.box_came_with_source]
        for face in unit.faces:
            for column in columns:
                setattr(face, column, _EMPTY[column])
        for record in (unit.image, *unit.faces):
            if record.stage in names:
                record.keep()


def _from(name: str) -> tuple[type[Stage], ...]:
    """This stage and those after it."""
    return ORDER[[stage.name for stage in ORDER].index(name) :]


def _standing(units: Sequence[Unit], name: str) -> int:
    """A hash, in this process, of the rows after the stage ``name``, without later stages' changes."""
    later = _from(name)[1:]
    names = {stage.name for stage in later}
    owned = {column for stage in later for column in stage.owns}
    columns = [column for column in _EMPTY if column not in _VERDICT]
    of_image, of_face = attrgetter(*columns), attrgetter(*(name for name in columns if name not in owned))
    verdict, kept = attrgetter(*_VERDICT), tuple(_EMPTY[column] for column in _VERDICT)
    standing = 0
    for unit in units:
        for record in (unit.image, *unit.faces):
            stands = kept if record.stage in names else verdict(record)
            values = of_face(record) if record.is_face else of_image(record)
            standing = hash((standing, values, stands))
    return standing


def _known(
    journal: StageJournal, keys: list[str], workspace: Workspace, stage: str
) -> Iterator[tuple[str, Unit]]:
    """Journaled units that are still valid: their files exist, and failed ones are tried again."""
    for key, unit in journal.finished(keys):
        if not errors_of([unit], stage) and all(_there(workspace, face) for face in unit.faces):
            yield key, unit


def _there(workspace: Workspace, face: Record) -> bool:
    return not face.path or workspace.file(face).exists()


def _work(
    stage: UnitStage,
    workspace: Workspace,
    processes: int,
    journal: StageJournal,
    finished: dict[str, Unit],
    units: list[tuple[str, Unit]],
) -> None:
    todo = [item for item in units if item[0] not in finished]
    bar = progress_bar(stage.name, total=len(units), initial=len(units) - len(todo))
    one: Callable[[tuple[str, Unit]], Unit] = partial(_apply, stage, workspace)
    with journal, bar:
        for (key, unit), result in workers.results(one, todo, processes if len(todo) > 1 else 1):
            if isinstance(result, workers.WorkerDied):
                finished[key] = _failed(unit, stage.name, Reason.WORKER_DIED)
            else:
                finished[key] = result
            journal.append(key, finished[key])
            bar.update()


def _apply(stage: UnitStage, workspace: Workspace, item: tuple[str, Unit]) -> Unit:
    """One unit in a worker; an exception becomes its rows' reason."""
    unit = item[1]
    try:
        return stage(workspace, unit)
    except FatalError:
        raise
    except Exception as error:  # noqa: BLE001 -- the row says what it was, and the run goes on
        return _failed(unit, stage.name, Reason.STAGE_FAILED, f"{type(error).__name__}: {error}"[:200])
    finally:
        _check_workspace(workspace)


def _check_workspace(workspace: Workspace) -> None:
    """A folder that disappears during the run affects all rows, so the run stops."""
    if not (workspace.root / "images").is_dir():
        raise FatalError(
            f"the folder {workspace.root / 'images'} has disappeared; bring it back and run again"
        )


def _failed(unit: Unit, stage: str, reason: Reason, detail: str = "") -> Unit:
    for record in (unit.image, *unit.faces):
        if record.kept:
            record.fail(stage, reason, detail)
    return unit


def _publish(stage: Stage, workspace: Workspace, units: list[Unit], before: int) -> None:
    """Replace the manifests, unless nothing has changed: then later stages stay valid."""
    if _standing(units, stage.name) == before:
        state.confirm(workspace, stage.name, identity(stage))
    else:
        workspace.publish(units)
        state.finish(workspace, stage.name, identity(stage))
    if "path" in stage.owns:
        _remove_stale_crops(workspace, units)


def _remove_stale_crops(workspace: Workspace, units: list[Unit]) -> None:
    """Delete crops of earlier options that no row names any more; they would confuse `verify`."""
    named = {face.path for unit in units for face in unit.faces}
    for path in (workspace.root / "crops").glob("*/*.png"):
        ours = _CROP.fullmatch(path.name)  # the user's other files are left alone
        if ours and path.relative_to(workspace.root).as_posix() not in named:
            path.unlink()
