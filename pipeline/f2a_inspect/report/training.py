"""What was trained in the workspace: one entry per folder in ``runs/``."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from f2a_inspect.report.pictures import Album, Picture
from f2a_manifests import FatalError, Workspace
from f2a_manifests.run_folder import RunFolder
from f2a_page.losses import Chart, Losses, LossesError
from f2a_page.text import shorten

RUNS = 8
EARLIER = 3
GRIDS = 3
_MOST_SETTINGS = 40


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet of translated faces: sources above, results below."""

    title: str
    picture: Picture


@dataclass(slots=True)
class RunSummary:
    """A run's folder.

    Attributes:
        name: of the folder.
        settings: names and values, as `f2a-train` recorded them.
        charts: the loss curves.
        latest: the sample grid of the last steps.
        earlier: some of those before, in order.
        translated: grids of faces that were not trained on.
        problem: why there are no curves; empty if there are.
    """

    name: str
    settings: list[tuple[str, str]] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    latest: Grid | None = None
    earlier: list[Grid] = field(default_factory=list)
    translated: list[Grid] = field(default_factory=list)
    problem: str = ""


def trainings(workspace: Workspace, album: Album) -> tuple[list[RunSummary], int]:
    """The newest runs, newest first; and how many there are."""
    try:
        folders = [path for path in (workspace.root / "runs").iterdir() if _is_run(path)]
        newest = sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)[:RUNS]
    except OSError:  # no folder, or one that is being moved
        return [], 0
    return [_training(path, album) for path in newest], len(folders)


def _is_run(path: Path) -> bool:
    folder = RunFolder(path)
    return folder.mark.is_file() or folder.losses.is_file() or bool(_grids(path))


def _training(path: Path, album: Album) -> RunSummary:
    folder, run = RunFolder(path), RunSummary(shorten(path.name))
    run.settings = list(_settings(folder))[:_MOST_SETTINGS]
    try:
        run.charts = Losses.read(folder.losses).charts() if folder.losses.is_file() else []
    except LossesError as error:
        run.problem = str(error)
    samples = sorted(folder.sample(0).parent.glob("step-*.png"))
    run.latest = next((Grid(_step(sample), album.grid(sample)) for sample in samples[-1:]), None)
    run.translated = [
        Grid(shorten(str(grid.parent.relative_to(path.parent))), album.grid(grid)) for grid in _grids(path)
    ]
    spread = samples[:-1][:: max(1, -(-len(samples[:-1]) // EARLIER))]  # evenly, from the first on
    run.earlier = [Grid(_step(sample), album.grid(sample)) for sample in spread]
    return run


def _grids(path: Path) -> list[Path]:
    """What ``f2a-train translate --out`` left in the folder or in one right below it."""
    return sorted([*path.glob("grid.png"), *path.glob("*/grid.png")])[:GRIDS]


def _step(sample: Path) -> str:
    number = sample.stem.removeprefix("step-")
    return f"step {int(number):,}" if number.isdecimal() else shorten(number)


def _settings(folder: RunFolder) -> Iterator[tuple[str, str]]:
    """Configuration, device and versions; the paths in the file say where things lie, not what they are."""
    try:
        mark = folder.read_mark()
    except FatalError:
        return
    for name, value in {**mark.config, **mark.versions, "device": mark.device}.items():
        if isinstance(value, str | int | float) and value != "":
            yield shorten(name.replace("_", " "), 40), shorten(str(value), 80)
