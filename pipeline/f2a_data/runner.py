"""Running and resuming: the one place that knows about journals, resetting, progress and publishing."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from typing import cast

from filelock import FileLock, Timeout

from f2a_data import state, workers
from f2a_data.journal import Journal
from f2a_data.progress import progress, progress_bar
from f2a_data.stages import ORDER, PER_IMAGE
from f2a_data.stages.base import Source, Stage, TableStage, UnitStage, identity
from f2a_manifests import ExitCode, FatalError, Record, Status, Unit, Workspace

_CROP = re.compile(r"[0-9a-f]{32}\.png")
_STAGES = frozenset(stage.name for stage in ORDER)
_EMPTY = {field.name: field.default for field in fields(Record)}


@dataclass(frozen=True, slots=True)
class Summary:
    """What one stage did.

    Attributes:
        stage: its name.
        images: image rows by status.
        faces: face rows by status.
        errors: images that this very stage could not work on, or not on all of their faces.
    """

    stage: str
    images: Counter[Status]
    faces: Counter[Status]
    errors: int

    @property
    def code(self) -> ExitCode:
        """`ExitCode.ROW_ERRORS` where there were errors."""
        return ExitCode.ROW_ERRORS if self.errors else ExitCode.OK

    def __str__(self) -> str:
        """The last line a command prints."""
        images, faces = (
            f"{rows[Status.KEEP]} kept, {rows[Status.DROP]} dropped, {rows[Status.ERROR]} in error"
            for rows in (self.images, self.faces)
        )
        return f"{self.stage}: images: {images}; faces: {faces}; {self.errors} errors"


def collect(source: Source, workspace: Workspace) -> Summary:
    """Bring a source's images in; rows that are there already keep what later stages made of them.

    Raises:
        FatalError: the source broke off; what it gave until then is published.
    """
    workspace.create()
    with _locked(workspace):
        units = {unit.image.id: unit for unit in workspace.load()}
        try:
            _merge(units, source, workspace)
        finally:  # what came before the end of it, whatever ended it, is kept
            workspace.publish(list(units.values()))
            state.restart(workspace, ORDER[0].name)
    return _summary(source.name, list(units.values()))


def run(stage: Stage, workspace: Workspace, processes: int = 1) -> Summary:
    """Run a stage over the workspace; images that an earlier run finished come from the journal.

    Raises:
        FatalError: the workspace is gone, locked, or the disk is full; run the same again to go on.
    """
    _require(workspace)
    with _locked(workspace):
        units = workspace.load()
        reset(units, stage.name)
        if isinstance(stage, PER_IMAGE):
            units = _run_per_image(stage, workspace, units, processes)
        else:
            cast(TableStage, stage)(workspace, units)
            _publish(stage, workspace, units)
    return _summary(stage.name, units)


def _run_per_image(stage: UnitStage, workspace: Workspace, units: list[Unit], processes: int) -> list[Unit]:
    journal = Journal(workspace.journal / f"{stage.name}.jsonl", identity(stage))
    keys = [journal.key(unit) for unit in units]
    finished = dict(_known(journal, keys, workspace, stage.name))
    _work(stage, workspace, processes, journal, finished, list(zip(keys, units, strict=True)))
    units = [finished[key] for key in keys]
    _publish(stage, workspace, units)
    journal.compact(zip(keys, units, strict=True))
    return units


def _merge(units: dict[str, Unit], source: Source, workspace: Workspace) -> None:
    for unit in progress(source.collect(workspace), source.name):
        if not _same(units.get(unit.image.id), unit):
            units[unit.image.id] = unit


def _same(old: Unit | None, new: Unit) -> bool:
    """Whether a source gave what it gave before, so that later stages' results still hold."""
    if old is None or _given(old.image) != _given(new.image):
        return False
    boxes = [face for face in old.faces if _came_with_source(face)]
    return list(map(_given, boxes)) == list(map(_given, new.faces))


def _given(record: Record) -> tuple[object, ...]:
    """What a source says of an image or of a face in it, but for its address: servers move."""
    file = () if record.is_face else (record.path, record.sha256)
    verdict = "" if record.stage in _STAGES else record.reason
    return (
        record.id, record.source_id, record.source_md5, record.rating, record.landmarks,
        record.group, record.source_split, record.artist, record.tags, verdict, *file,
    )  # fmt: skip


def _came_with_source(face: Record) -> bool:
    return face.detector.startswith("source:")


def _require(workspace: Workspace) -> None:
    if not workspace.images_csv.exists():
        raise FatalError(
            f"there are no images in {workspace.root}; begin with scrape, celeba, fbp5500 or folder",
            ExitCode.NO_RESULTS,
        )
    _check_workspace(workspace)
    workspace.create()


def reset(units: Sequence[Unit], name: str) -> None:
    """Put the rows back to how the stages before ``name`` left them."""
    again = ORDER[[stage.name for stage in ORDER].index(name) :]
    columns = [column for stage in again for column in stage.owns]
    names = {stage.name for stage in again}
    for unit in units:
        if name == "detect":
            unit.faces = [face for face in unit.faces if _came_with_source(face)]
        for face in unit.faces:
            for column in columns:
                setattr(face, column, _EMPTY[column])
        for record in (unit.image, *unit.faces):
            if record.stage in names:
                record.status, record.reason, record.stage = Status.KEEP, "", ""


def _known(journal: Journal, keys: list[str], workspace: Workspace, stage: str) -> Iterator[tuple[str, Unit]]:
    """Journaled units that still hold: their files are there, and what failed is tried again."""
    for key in keys:
        unit = journal.get(key)
        if unit and not _errors([unit], stage) and all(_there(workspace, face) for face in unit.faces):
            yield key, unit


def _there(workspace: Workspace, face: Record) -> bool:
    return not face.path or workspace.file(face).exists()


def _work(
    stage: UnitStage,
    workspace: Workspace,
    processes: int,
    journal: Journal,
    finished: dict[str, Unit],
    units: list[tuple[str, Unit]],
) -> None:
    todo = [item for item in units if item[0] not in finished]
    bar = progress_bar(stage.name, total=len(units), initial=len(units) - len(todo))
    one: Callable[[tuple[str, Unit]], Unit] = partial(_apply, stage, workspace)
    with journal, bar:
        for (key, unit), result in workers.results(one, todo, processes if len(todo) > 1 else 1):
            if isinstance(result, workers.WorkerDied):
                finished[key] = _failed(unit, stage.name, "its worker process was killed (twice)")
            else:
                finished[key] = result
            journal.append(key, finished[key])
            bar.update()


def _apply(stage: UnitStage, workspace: Workspace, item: tuple[str, Unit]) -> Unit:
    """One unit in a worker: whatever goes wrong with it becomes its rows' reason."""
    unit = item[1]
    try:
        return stage(workspace, unit)
    except FatalError:
        raise
    except Exception as error:  # noqa: BLE001 -- the row says what it was, and the run goes on
        return _failed(unit, stage.name, f"{type(error).__name__}: {error}"[:200])
    finally:
        _check_workspace(workspace)


def _check_workspace(workspace: Workspace) -> None:
    """A folder that vanished under the run concerns all rows, so it stops instead of failing each."""
    if not (workspace.root / "images").is_dir():
        raise FatalError(
            f"the folder {workspace.root / 'images'} has disappeared; bring it back and run again"
        )


def _failed(unit: Unit, stage: str, reason: str) -> Unit:
    for record in (unit.image, *unit.faces):
        if record.kept:
            record.fail(stage, reason)
    return unit


def _publish(stage: Stage, workspace: Workspace, units: list[Unit]) -> None:
    workspace.publish(units)
    state.finish(workspace, stage.name, identity(stage))
    if "path" in stage.owns:
        _remove_stale_crops(workspace, units)


def _remove_stale_crops(workspace: Workspace, units: list[Unit]) -> None:
    """Other options make other crops; those that no row names any more would only confuse `verify`."""
    named = {face.path for unit in units for face in unit.faces}
    for path in (workspace.root / "crops").glob("*/*.png"):
        ours = _CROP.fullmatch(path.name)  # whatever else a person put there is left alone
        if ours and path.relative_to(workspace.root).as_posix() not in named:
            path.unlink()


def _summary(stage: str, units: Sequence[Unit]) -> Summary:
    images = Counter(unit.image.status for unit in units)
    faces = Counter(face.status for unit in units for face in unit.faces)
    return Summary(stage, images, faces, _errors(units, stage))


def _errors(units: Sequence[Unit], stage: str) -> int:
    return sum(
        any(row.stage == stage and row.status is Status.ERROR for row in (unit.image, *unit.faces))
        for unit in units
    )


@contextmanager
def _locked(workspace: Workspace) -> Iterator[None]:
    """One command at a time may change a workspace."""
    try:
        with FileLock(workspace.root / ".lock", timeout=0):
            yield
    except Timeout:
        raise FatalError(f"another f2a-data command is working on {workspace.root}") from None
