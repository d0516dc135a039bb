"""The cache of training faces: made once, the same as the crops, made anew when it is damaged."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from f2a_manifests import Domain, FatalError, read, write
from f2a_train.data import training_rows
from f2a_train.data.cache import FOLDER
from f2a_train.data.domain import Faces
from f2a_train.data.faces import load_faces

SLOW = """
import sys, time
from pathlib import Path
from f2a_manifests import Domain
from f2a_train.data import training_rows
from f2a_train.data.faces import load_faces
read = training_rows.read_crop
training_rows.read_crop = lambda *row: time.sleep(0.05) or read(*row)
print("begun", flush=True)
load_faces(Path(sys.argv[1]), Domain.HUMAN)
"""


def cached(manifest: Path, kind: str = "npy") -> list[Path]:
    return sorted((manifest.parent.parent / "cache" / "faces").glob(f"*.{kind}"))


def alike(one: Faces, other: Faces) -> bool:
    same = torch.equal(one.pixels, other.pixels) and torch.equal(one.probes, other.probes)
    rest = [(faces.crop_rule, faces.sha256, faces.is_split) for faces in (one, other)]
    return same and rest[0] == rest[1]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the rows whose crops have been read."""
    ids: list[str] = []
    original = training_rows.read_crop

    def counted(*arguments: object) -> object:
        ids.append(arguments[1].id)  # type: ignore[attr-defined]
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(training_rows, "read_crop", counted)
    return ids


@pytest.mark.parametrize("val", [0, 2])
def test_the_second_time_no_crop_is_read(make_workspace: Callable, reads: list[str], val: int) -> None:
    manifest = make_workspace(train=5, val=val).human
    first = load_faces(manifest, Domain.HUMAN)
    assert len(reads) == 5 + val
    shutil.rmtree(manifest.parent.parent / "crops")
    again = load_faces(manifest, Domain.HUMAN)
    assert len(reads) == 5 + val
    assert alike(first, again)
    assert (len(again.pixels), len(again.probes)) == (5, val or 5)


def test_faces_are_mapped_not_held(make_workspace: Callable) -> None:
    manifest = make_workspace(train=5).human
    faces = load_faces(manifest, Domain.HUMAN)
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux tells what is mapped")
    assert str(cached(manifest)[0]) in maps.read_text()
    assert len(faces.pixels)


def test_each_domain_and_source_has_its_own(make_workspace: Callable) -> None:
    data = make_workspace(train=4, val=0)
    rows = read(data.human)
    for row in rows[:3]:
        row.source = "celeba"
    write(data.human, rows)
    counts = [
        len(load_faces(manifest, domain, source).pixels)
        for manifest, domain, source in (
            (data.human, Domain.HUMAN, ""),
            (data.human, Domain.HUMAN, "celeba"),
            (data.anime, Domain.ANIME, ""),
        )
    ]
    assert counts == [4, 3, 4]
    assert len(cached(data.human)) == 3
    with pytest.raises(FatalError, match="human faces where anime ones belong"):
        load_faces(data.human, Domain.ANIME)


def test_a_new_manifest_replaces_the_old_ones_faces(make_workspace: Callable) -> None:
    manifest = make_workspace(train=4, val=0).human
    old = load_faces(manifest, Domain.HUMAN)
    (before,) = cached(manifest)
    write(manifest, read(manifest)[1:])
    new = load_faces(manifest, Domain.HUMAN)
    assert torch.equal(new.pixels, old.pixels[1:])  # who still has the old ones keeps them
    assert cached(manifest) != [before]
    assert len(cached(manifest)) == len(cached(manifest, "json")) == 1


def truncated(array: Path, facts: Path) -> None:  # noqa: ARG001
    os.truncate(array, array.stat().st_size - 1)


def overwritten(array: Path, facts: Path) -> None:  # noqa: ARG001
    with array.open("r+b") as file:
        file.seek(5000)
        file.write(b"\0" * 100)


def other_header(array: Path, facts: Path) -> None:
    np.save(array, np.zeros((9, 3, 32, 32), np.float32))
    content = json.loads(facts.read_text())
    content["stat"] = [array.stat().st_size, array.stat().st_mtime_ns]
    facts.write_text(json.dumps(content))


def pickled(array: Path, facts: Path) -> None:
    np.save(array, np.array([object()], dtype=object), allow_pickle=True)
    content = json.loads(facts.read_text())
    content["stat"] = [array.stat().st_size, array.stat().st_mtime_ns]
    facts.write_text(json.dumps(content))


def more_training(array: Path, facts: Path) -> None:  # noqa: ARG001
    facts.write_text(facts.read_text().replace('"training": 6', '"training": 600'))


def no_array(array: Path, facts: Path) -> None:  # noqa: ARG001
    array.unlink()


def no_json(array: Path, facts: Path) -> None:  # noqa: ARG001
    facts.write_text("[1, 2")


def a_list(array: Path, facts: Path) -> None:  # noqa: ARG001
    facts.write_text("[1, 2]")


@pytest.mark.parametrize(
    "damage", [truncated, overwritten, other_header, pickled, more_training, no_array, no_json, a_list]
)
def test_a_damaged_one_is_made_anew(
    make_workspace: Callable, caplog: pytest.LogCaptureFixture, reads: list[str], damage: Callable
) -> None:
    manifest = make_workspace(train=6, val=2).human
    load_faces(manifest, Domain.HUMAN)
    crops = load_faces(manifest, Domain.HUMAN).pixels.clone()
    (array,), (facts,) = cached(manifest), cached(manifest, "json")
    damage(array, facts)
    reads.clear()
    with caplog.at_level(logging.WARNING):
        again = load_faces(manifest, Domain.HUMAN)
    assert "damaged" in caplog.text
    assert len(reads) == 8
    assert torch.equal(again.pixels, crops)
    reads.clear()
    assert torch.equal(load_faces(manifest, Domain.HUMAN).pixels, crops)
    assert not reads


def test_one_that_was_killed_half_way_is_made_anew(make_workspace: Callable) -> None:
    manifest = make_workspace(train=60).human
    with subprocess.Popen([sys.executable, "-c", SLOW, str(manifest)], stdout=subprocess.PIPE) as process:
        folder = manifest.parent.parent / "cache" / "faces"
        while not list(folder.glob(".*.tmp")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not cached(manifest)
    assert len(load_faces(manifest, Domain.HUMAN).pixels) == 60
    assert not list(folder.glob(".*.tmp"))
    assert len(cached(manifest)) == 1


def test_the_environment_names_another_place(
    make_workspace: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "elsewhere"))
    one, other = make_workspace("one", train=3), make_workspace("other", train=4)
    for _ in range(2):
        assert len(load_faces(one.human, Domain.HUMAN).pixels) == 3
        assert len(load_faces(other.human, Domain.HUMAN).pixels) == 4
    assert len(list((tmp_path / "elsewhere").glob("*.npy"))) == 2
    assert not cached(one.human)


def test_where_nothing_can_be_written_faces_are_in_memory(
    make_workspace: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    manifest = make_workspace(train=5, val=0).human
    expected = load_faces(manifest, Domain.HUMAN)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(FOLDER, str(tmp_path / "file" / "cache"))
    with caplog.at_level(logging.WARNING):
        found = load_faces(manifest, Domain.HUMAN)
    assert "held in memory" in caplog.text
    assert alike(expected, found)


def test_a_full_disk_is_no_reason_to_stop(
    make_workspace: Callable, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = make_workspace(train=5, val=0).human

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with caplog.at_level(logging.WARNING):
        assert len(load_faces(manifest, Domain.HUMAN).pixels) == 5
    assert "the disk is full" in caplog.text
    assert not cached(manifest)


def test_a_manifest_that_changes_meanwhile_is_not_cached_under_the_old_name(
    make_workspace: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = make_workspace(train=5, val=0).human
    original, rows = training_rows.read_crop, read(manifest)

    def changing(*arguments: object) -> object:
        write(manifest, rows[1:])
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(training_rows, "read_crop", changing)
    with pytest.raises(FatalError, match="has changed while it was read"):
        load_faces(manifest, Domain.HUMAN)
    assert not cached(manifest)


def test_a_link_that_leads_out_of_the_workspace_is_refused(make_workspace: Callable, tmp_path: Path) -> None:
    manifest = make_workspace(train=3).human
    (tmp_path / "outside").mkdir()
    (manifest.parent.parent / "cache").symlink_to(tmp_path / "outside")
    with pytest.raises(FatalError, match="leads out of the workspace"):
        load_faces(manifest, Domain.HUMAN)
    assert not list((tmp_path / "outside").iterdir())
