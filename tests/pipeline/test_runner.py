"""Running and resuming, on real drawings with the real detector."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from commands import start_run
from f2a_data.sources.folder import Folder
from f2a_data.stages.clean import Clean
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.detect import Detect
from f2a_data.stages.split import Split
from f2a_demo.drawing import draw
from f2a_engine import runner, state
from f2a_engine.collect import collect
from f2a_engine.local import Local
from f2a_engine.lock import locked
from f2a_engine.removal import Selection, remove
from f2a_engine.stages import Stage
from f2a_faces.images import encode_png
from f2a_manifests import BoxFrom, Domain, ExitCode, FatalError, ManifestError, Status, Workspace, parquet

T = TypeVar("T")
MANIFESTS = ("images.csv", "anime.csv")


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight drawings, one picture of noise, and one file that is no picture."""
    folder = tmp_path_factory.mktemp("drawings")
    for seed in range(8):
        (folder / f"{seed}.png").write_bytes(encode_png(draw(seed).pixels))
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    (folder / "noise.png").write_bytes(encode_png(noise))
    (folder / "page.jpg").write_bytes(b"<html>not found</html>")
    return folder


def _stages() -> list[Stage]:
    return [Detect(), Crop(), Dedup(), Clean(), Split()]


def _built(root: Path, drawings: Path, processes: int = 1) -> Workspace:
    workspace = Workspace(root)
    collect(Folder(drawings, Domain.ANIME, source="drawn"), workspace)
    for stage in _stages():
        runner.run(stage, workspace, Local(processes))
    return workspace


def _copy(workspace: Workspace, to: Path) -> Workspace:
    shutil.copytree(workspace.root, to, dirs_exist_ok=True)
    return Workspace(to)


def _tables(workspace: Workspace) -> list[bytes]:
    return [(workspace.manifests / name).read_bytes() for name in MANIFESTS]


def _cuts(workspace: Workspace) -> list[bytes]:
    """What is stored of the crops beside the manifests."""
    chains = state.snapshot(workspace).chains.values()
    columns = (parquet.merged(workspace.shards, chain, (), ("path", "cuts"))[1] for chain in chains)
    return sorted(
        cuts for faces in columns for path, cuts in zip(faces["path"], faces["cuts"], strict=True) if path
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, drawings: Path) -> Workspace:
    """The data set of the drawings, made without any interruption."""
    return _built(tmp_path_factory.mktemp("reference"), drawings)


def test_the_chain_keeps_faces_and_accounts_for_every_image(reference: Workspace) -> None:
    units = reference.load()
    assert len(units) == 10
    statuses = {unit.image.source_id: unit.image.status for unit in units}
    assert statuses["page.jpg"] is Status.ERROR
    assert statuses["noise.png"] is Status.DROP
    faces = [face for unit in units for face in unit.faces if face.kept]
    assert len(faces) >= 6
    assert all(face.split and face.path and face.phash for face in faces)
    assert all(unit.image.reason for unit in units if not unit.image.kept)


def test_two_processes_write_the_same_bytes(tmp_path: Path, drawings: Path, reference: Workspace) -> None:
    assert _tables(_built(tmp_path, drawings, processes=2)) == _tables(reference)


def test_running_everything_again_changes_nothing(
    tmp_path: Path, drawings: Path, reference: Workspace
) -> None:
    workspace = _copy(reference, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "crops").rglob("*.png")}
    assert _tables(_built(tmp_path, drawings)) == _tables(workspace) == _tables(reference)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "crops").rglob("*.png")} == before


@pytest.mark.parametrize("stage", ["detect", "crop", "dedup", "clean", "split"])
def test_a_lost_file_of_a_shard_costs_nothing_but_time(
    tmp_path: Path, drawings: Path, reference: Workspace, stage: str
) -> None:
    workspace = _copy(reference, tmp_path)
    shutil.rmtree(workspace.shards / stage)
    assert stage in state.outstanding(workspace)
    assert _tables(_built(workspace.root, drawings)) == _tables(reference)


def test_a_torn_file_of_a_shard_is_named_with_the_way_out(
    tmp_path: Path, drawings: Path, reference: Workspace
) -> None:
    workspace = _copy(reference, tmp_path)
    [file] = (workspace.shards / "crop").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(
        ManifestError, match=f"{file.name} is damaged .*; delete it, and run the stages again"
    ):
        runner.run(Crop(), workspace)
    file.unlink()
    assert _tables(_built(workspace.root, drawings)) == _tables(reference)


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_at_any_time_loses_nothing(
    tmp_path: Path, drawings: Path, reference: Workspace, seed: int
) -> None:
    """Start the whole run again and again, each time killed a little later, until it comes through."""
    config = tmp_path / "f2a.toml"
    config.write_text(f'workspace = "w"\n[folder]\npath = "{drawings}"\ndomain = "anime"\nsource = "drawn"\n')
    random_wait = random.Random(seed)
    patience = 1.0
    while True:
        child = start_run(config)
        try:
            code = child.wait(timeout=patience + random_wait.random())
            break
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            patience *= 1.5
    assert code == ExitCode.ROW_ERRORS
    assert _tables(Workspace(tmp_path / "w")) == _tables(reference)
    assert _cuts(Workspace(tmp_path / "w")) == _cuts(reference)
    assert all(_cuts(reference))


@pytest.mark.parametrize("seed", range(2))
def test_killed_workers_cost_nothing_but_time(
    tmp_path: Path, drawings: Path, reference: Workspace, seed: int
) -> None:
    """Now and then a random worker is killed; the run itself goes on to the end."""
    workspace = Workspace(tmp_path / "w")
    for number, name in enumerate(sorted(path.name for path in drawings.iterdir())):
        part = tmp_path / f"part{number % 4}"
        part.mkdir(exist_ok=True)
        shutil.copy(drawings / name, part)
    for number in range(4):  # four shards
        collect(Folder(tmp_path / f"part{number}", Domain.ANIME, source=f"drawn{number}"), workspace)
    words = ["detect", "--workspace", str(workspace.root), "--workers", "2"]
    child = subprocess.Popen([sys.executable, "-m", "f2a_data", *words], stderr=subprocess.DEVNULL)
    chance, kills = random.Random(seed), 0
    while child.poll() is None:
        time.sleep(chance.random())
        if kills < 2 and (workers := _children(child.pid)):
            os.kill(chance.choice(workers), signal.SIGKILL)
            kills += 1
    assert child.returncode == ExitCode.OK
    names = {unit.image.source_id: [face.box for face in unit.faces] for unit in workspace.load()}
    assert names == {unit.image.source_id: [face.box for face in unit.faces] for unit in reference.load()}


def test_workers_end_with_a_killed_run(tmp_path: Path, drawings: Path) -> None:
    workspace = Workspace(tmp_path)
    collect(Folder(drawings, Domain.ANIME, source="drawn"), workspace)
    command = [sys.executable, "-m", "f2a_data", "detect", "--workspace", str(tmp_path), "--workers", "2"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    workers = _eventually(lambda: _children(child.pid))
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert _eventually(lambda: not [pid for pid in workers if _alive(pid)])


def _children(pid: int) -> list[int]:
    listing = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listing.read_text().split()] if listing.exists() else []


def _alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def _eventually(value: Callable[[], T]) -> T:
    deadline = time.monotonic() + 30
    while not (found := value()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_a_lost_crop_is_cut_again(tmp_path: Path, reference: Workspace) -> None:
    workspace = _copy(reference, tmp_path)
    lost = next((tmp_path / "crops").rglob("*.png"))
    lost.unlink()
    runner.run(Crop(), workspace)
    assert lost.exists()


def test_other_options_are_worked_out_anew_and_back(
    tmp_path: Path, drawings: Path, reference: Workspace
) -> None:
    workspace = _copy(reference, tmp_path)
    runner.run(Crop(size=128), workspace)
    faces = [face for unit in workspace.load() for face in unit.faces if face.kept]
    assert {(face.width, face.split) for face in faces} == {(128, "")}  # what comes later is open again
    _built(tmp_path, drawings)
    assert _tables(workspace) == _tables(reference)


def test_a_repaired_image_is_taken_in_on_the_next_run(tmp_path: Path, drawings: Path) -> None:
    workspace = Workspace(tmp_path)
    collect(Folder(drawings, Domain.ANIME, source="drawn"), workspace)
    victim = workspace.file(workspace.load()[0].image)
    good = victim.read_bytes()
    victim.write_bytes(good[: len(good) // 2])
    assert runner.run(Detect(), workspace).errors == 1
    victim.write_bytes(good)
    assert runner.run(Detect(), workspace).errors == 0


def test_a_workspace_that_disappears_stops_the_run(
    tmp_path: Path, drawings: Path, reference: Workspace
) -> None:
    workspace = Workspace(tmp_path / "w")
    collect(Folder(drawings, Domain.ANIME, source="drawn"), workspace)
    command = [
        sys.executable,
        "-m",
        "f2a_data",
        "detect",
        "--workspace",
        str(workspace.root),
        "--workers",
        "1",
    ]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _eventually((workspace.root / ".locks" / "detect.json").exists)
    workspace.root.rename(tmp_path / "away")
    assert "has disappeared; restore it and run the command again" in child.communicate(timeout=60)[1]
    assert child.returncode == ExitCode.FAILED
    (tmp_path / "away").rename(workspace.root)
    assert _tables(_built(workspace.root, drawings)) == _tables(reference)


def test_a_lost_image_folder_is_not_taken_for_missing_images(tmp_path: Path, reference: Workspace) -> None:
    workspace = _copy(reference, tmp_path)
    before = _tables(workspace)
    (tmp_path / "images").rename(tmp_path / "elsewhere")
    with pytest.raises(FatalError, match="disappeared"):
        runner.run(Detect(), workspace)
    assert _tables(workspace) == before


def test_one_stage_runs_once_at_a_time_and_the_other_command_says_who_runs_it(
    tmp_path: Path, reference: Workspace
) -> None:
    workspace = _copy(reference, tmp_path)
    who = rf"another f2a-data command is working on .*: crop \(process {os.getpid()} on .*, since .*\)"
    with locked(workspace, "crop"), pytest.raises(FatalError, match=who):
        runner.run(Crop(), workspace)


def test_commands_that_touch_different_things_work_at_the_same_time(
    tmp_path: Path, drawings: Path, reference: Workspace
) -> None:
    """A source goes on while a stage works on what is there; what concerns all rows waits for neither."""
    workspace = _copy(reference, tmp_path)
    with locked(workspace, "from-elsewhere"):
        runner.run(Crop(), workspace)
        collect(Folder(drawings, Domain.ANIME, source="drawn"), workspace)
        with pytest.raises(FatalError, match=r"working on .*: from-elsewhere \(process"):
            remove(workspace, Selection(sources=("drawn",)))


def test_an_empty_workspace_says_where_to_begin(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="start with a source: celeba, fbp5500, folder") as caught:
        runner.run(Crop(), Workspace(tmp_path))
    assert caught.value.code is ExitCode.NO_RESULTS


def test_a_source_that_says_something_new_is_heard(
    tmp_path: Path, drawings: Path, reference: Workspace
) -> None:
    """Imported again as finished crops, the pictures lose their detected faces; what is unchanged stays."""
    workspace = _copy(reference, tmp_path)
    detected = _tables(workspace)
    collect(Folder(drawings, Domain.ANIME, source="drawn"), workspace)
    assert _tables(workspace) == detected
    collect(Folder(drawings, Domain.ANIME, source="drawn", whole=True), workspace)
    faces = [face for unit in workspace.load() for face in unit.faces]
    assert {face.box_from for face in faces} == {BoxFrom.WHOLE}
    assert len(faces) == 9


def test_a_full_disk_stops_with_one_line_and_nothing_half_written(
    tmp_path: Path, drawings: Path, reference: Workspace
) -> None:
    """The kernel refuses to write more than a few kilobytes into any file, as a full disk would."""
    workspace = Workspace(tmp_path)
    collect(Folder(drawings, Domain.ANIME, source="drawn"), workspace)
    runner.run(Detect(), workspace)
    before = _tables(workspace)
    command = [sys.executable, "-m", "f2a_data", "crop", "--workspace", str(tmp_path), "--workers", "2"]
    limit = (5000, 5000)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )
    assert done.returncode == ExitCode.FAILED
    assert "could not write" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert _tables(workspace) == before
    assert not list(tmp_path.rglob("*.tmp"))
    assert _tables(_built(tmp_path, drawings)) == _tables(reference)
