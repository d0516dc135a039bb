"""What all exports have in common: sizes, resuming, places, what is left out, and the README."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from commands import Runner
from exports import Export, kept
from f2a_export.registry import FORMATS
from f2a_faces.crop import cut
from f2a_faces.images import decode
from f2a_manifests import Workspace, scan_units


def _rows(out: Path) -> list[dict[str, str]]:
    with (out / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _tree(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def test_size_cuts_the_same_squares_from_the_source_images(export: Export, workspace: Workspace) -> None:
    out, faces = export("csv", "--size", 128), kept(workspace)
    images = {unit.image.id: unit.image for unit in scan_units(workspace)}
    for row in _rows(out):
        face = faces[row["id"]]
        assert face.square
        expected = cut(decode(workspace.file(images[face.parent])).pixels, face.square, 128)
        with Image.open(out / row["file"]) as image:
            assert (np.asarray(image) == expected).all()


def test_faces_too_small_for_the_size_are_left_out_with_the_reason(export: Export) -> None:
    out = export("folder", "--size", 512)
    assert not list(out.rglob("*.png"))
    assert {(row["file"], row["reason"]) for row in _rows(out)} == {("", "too_small")}


@pytest.mark.parametrize("name", FORMATS.names())
def test_a_killed_export_continues_and_ends_with_the_same_files(
    name: str, workspace: Workspace, tmp_path: Path
) -> None:
    """Killed at its third chunk: one chunk has its part, another only its files."""
    code = (
        "import os, signal, sys; from f2a_export import base, files; from f2a_export.listing import Listing\n"
        "for kind in (base.Faces, files.BoxedImages): kind.per_chunk = 3\n"
        "add = Listing.add\n"
        "def dying(self, number, rows):\n"
        "    if number == 2 and sys.argv.pop() == 'die':\n"
        "        list(rows); os.kill(os.getpid(), signal.SIGKILL)\n"
        "    add(self, number, rows)\n"
        "Listing.add = dying\n"
        "from f2a_export.registry import FORMATS; from f2a_export.exporting import export\n"
        "from f2a_manifests import Workspace; from pathlib import Path\n"
        "kind = FORMATS.load(sys.argv[1]); more = {'shard': 3} if hasattr(kind, 'shard') else {}\n"
        "export(kind(**more), Workspace(Path(sys.argv[2])), Path(sys.argv[3]))\n"
    )
    trees = []
    for folder, ends in (("killed", ["die", "live"]), ("whole", ["live"])):
        for end in ends:
            words = [sys.executable, "-c", code, name, workspace.root, tmp_path / folder, end]
            done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
            assert done.returncode == (-signal.SIGKILL if end == "die" else 0), done.stderr
        trees.append(_tree(tmp_path / folder))
    assert trees[0] == trees[1]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds workers below /proc")
@pytest.mark.parametrize("wait", [0.0, 0.2, 0.5])
def test_ctrl_c_in_the_middle_is_one_line_and_the_same_command_continues(
    workspace: Workspace, tmp_path: Path, wait: float
) -> None:
    """It reaches all processes, also those that are just starting."""
    code = (
        "import sys; from f2a_export import prefetch; from f2a_data.__main__ import main\n"
        "prefetch._FEW = 2; sys.argv[0] = 'f2a-data'; main()\n"
    )
    words = [sys.executable, "-c", code, "export", "csv", str(tmp_path / "out"), "--size", "32"]
    words += ["--workers", "2", "--workspace", str(workspace.root)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as export:
        children = Path(f"/proc/{export.pid}/task/{export.pid}/children")
        while len(children.read_text().split()) < 2:  # one more tracks what they share
            time.sleep(0.01)
        time.sleep(wait)
        os.killpg(export.pid, signal.SIGINT)
        printed, said = export.communicate(timeout=60)
    if "files in" not in printed:  # otherwise the signal came after the end, perhaps while Python shut down
        assert export.returncode == 130
        assert said.endswith("run the same command to continue\n")
        assert "Traceback" not in said
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    assert len(_rows(tmp_path / "out")) == len(kept(workspace))


def test_the_same_export_again_changes_nothing(export: Export) -> None:
    out = export("yolo")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    export("yolo")
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_another_export_into_the_same_folder_is_refused(export: Export, workspace: Workspace) -> None:
    out = export("folder")
    tree = _tree(out)
    export("csv", code=2)
    export("folder", "--copy", code=2)
    units = workspace.load()
    units[0].faces[0].tags = "changed"
    workspace.publish(units)
    export("folder", code=2)
    assert _tree(out) == tree


def test_a_folder_with_other_files_is_refused(export: Export, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    export("csv", code=2)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_the_workspace_itself_is_refused(workspace: Workspace, run_command: Runner) -> None:
    words = ["f2a-data", "export", "csv", workspace.root / "crops" / "out", "--workspace", workspace.root]
    assert run_command(*words).returncode == 2
    assert not (workspace.root / "crops" / "out").exists()


def test_a_dry_run_counts_and_writes_nothing(
    workspace: Workspace, run_command: Runner, tmp_path: Path
) -> None:
    done = run_command("f2a-data", "export", "parquet", "out", "--dry-run", "--workspace", workspace.root)
    assert done.returncode == 0
    assert "would export: train human: 5" in done.stdout
    assert not (tmp_path / "out").exists()


def test_without_crops_there_is_nothing_to_export(run_command: Runner) -> None:
    assert run_command("f2a-data", "export", "csv", "out").returncode == 5


@pytest.mark.parametrize("name", FORMATS.names())
def test_a_missing_file_is_a_row_with_a_reason(name: str, export: Export, workspace: Workspace) -> None:
    for path in [*(workspace.root / "crops").rglob("*.png"), *(workspace.root / "images").iterdir()][::3]:
        path.unlink()
    rows = _rows(export(name, code=3))
    missing = [row for row in rows if not row["file"]]
    assert missing
    assert {row["reason"] for row in missing} == {"file_missing"}
    assert len(rows) == 19


@pytest.mark.parametrize("name", FORMATS.names())
def test_a_file_that_is_not_the_manifests_is_left_out(
    name: str, export: Export, workspace: Workspace
) -> None:
    changed = [*(workspace.root / "crops").rglob("*.png"), *(workspace.root / "images").iterdir()][::3]
    for path in changed:
        path.write_bytes(path.read_bytes() + b"a little more")
    out = export(name, code=3)
    left = [row for row in _rows(out) if not row["file"]]
    assert left
    assert {row["reason"] for row in left} == {"file_changed"}
    assert not any(b"a little more" in data for data in _tree(out).values())


@pytest.mark.parametrize("options", [("csv", "--size", 128), ("parquet", "--size", 64), ("coco",)])
def test_several_processes_write_the_same_files(
    options: tuple[object, ...], export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = _tree(export(*options, "--workers", 1))
    (tmp_path / "out").rename(tmp_path / "alone")
    monkeypatch.setattr("f2a_export.prefetch._FEW", 2)
    assert _tree(export(*options, "--workers", 2)) == alone


def test_a_worker_that_dies_costs_one_face(workspace: Workspace, tmp_path: Path) -> None:
    """In a process of its own, whose workers find the deadly reader in a module."""
    (tmp_path / "deadly.py").write_text(
        "import os\nfrom f2a_export.pictures import Recut\n"
        "class Deadly(Recut):\n"
        "    def __call__(self, item):\n"
        "        if item.row.source_id == '3':\n            os._exit(9)\n"
        "        return super().__call__(item)\n"
    )
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from deadly import Deadly\nfrom f2a_export import prefetch, exporting\n"
        "from f2a_export.formats.table import Table\nfrom f2a_manifests import Workspace\n"
        "if __name__ == '__main__':\n"
        "    prefetch._FEW = 2\n    Table.reader = lambda kind, workspace: Deadly(workspace, kind.size)\n"
        "    exporting.export(Table(size=64), Workspace(Path('workspace')), Path('out'), 2)\n"
    )
    (tmp_path / "main.py").write_text(code)
    words = [sys.executable, "main.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    left = [(row["source_id"], row["reason"]) for row in _rows(tmp_path / "out") if not row["file"]]
    assert left == [("3", "worker_died")]
    assert len(_rows(tmp_path / "out")) == len(kept(workspace))


def test_a_link_that_leads_out_of_the_workspace_is_not_followed(
    export: Export, workspace: Workspace, tmp_path: Path
) -> None:
    face = next(iter(kept(workspace).values()))
    (tmp_path / "secret").write_text("secret")
    (workspace.root / face.path).unlink()
    (workspace.root / face.path).symlink_to(tmp_path / "secret")
    out = export("folder", code=3)
    assert not any(data == b"secret" for data in _tree(out).values())


@pytest.mark.parametrize("square", [(-5.0, 0.0, 90.0), (150.0, 0.0, 90.0), (0.0, 0.0, 1e9)])
def test_a_square_outside_the_image_is_a_row_with_a_reason(
    square: tuple[float, float, float], export: Export, workspace: Workspace
) -> None:
    units = workspace.load()
    units[1].faces[0].crop_x, units[1].faces[0].crop_y, units[1].faces[0].crop_side = square
    workspace.publish(units)
    bad = [row for row in _rows(export("csv", "--size", 64, code=3)) if not row["file"]]
    assert [row["reason"] for row in bad] == ["box_outside"]


def test_the_readme_says_terms_ratings_and_how_to_load(export: Export) -> None:
    text = (export("webdataset") / "README.md").read_text()
    assert "| celeba | 10 | for non-commercial research only" in text
    assert "| danbooru | 9 | illustrations belong to their artists" in text
    assert "| general | 9 |" in text
    assert "wds.WebDataset(" in text
    assert "path: train/*.tar" in text


def test_hostile_names_of_sources_cannot_shape_the_readme(export: Export, workspace: Workspace) -> None:
    units = workspace.load()
    for unit in units:
        for row in (unit.image, *unit.faces):
            row.source = "x |\n# Free for all\n<script>"
    workspace.publish(units)
    text = (export("folder") / "README.md").read_text()
    assert "# Free" not in text
    assert "<script>" not in text


def test_names_never_contain_a_split_though_ids_do(export: Export) -> None:
    for row in _rows(export("imagefolder")):
        assert "train" in row["id"]
        assert not any(word in Path(row["file"]).stem for word in ("train", "test"))
        assert Path(row["file"]).stem.isalnum()


def test_nobodys_paths_are_in_an_export(export: Export, tmp_path: Path) -> None:
    out = export("csv")
    assert json.loads((out / "export.json").read_text())["format"] == "csv"
    assert not any(str(tmp_path).encode() in data for data in _tree(out).values())


def test_manifests_out_of_order_are_refused(export: Export, workspace: Workspace) -> None:
    units = workspace.load()
    workspace.publish(units[::-1])
    faces = workspace.faces_csv(units[0].image.domain)
    shutil.copy(faces, faces.with_suffix(".old"))
    workspace.publish(units)
    faces.with_suffix(".old").replace(faces)
    export("csv", code=1)


def test_a_copy_is_made_where_no_link_is_possible(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from f2a_export.exporting import export  # noqa: PLC0415 -- with the patch
    from f2a_export.formats.numbered import Numbered  # noqa: PLC0415

    def refuse(_path: Path, _target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    export(Numbered(), workspace, tmp_path / "out")
    files = list((tmp_path / "out").rglob("*.png"))
    assert len(files) == 19
    assert all(path.stat().st_nlink == 1 for path in files)
