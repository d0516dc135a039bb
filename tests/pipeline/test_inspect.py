"""verify, funnel and status, as scripts and people use them."""

import json
import shutil
from pathlib import Path

import pytest

from commands import Caller, Runner
from f2a_demo.drawing import draw, draw_faceless
from f2a_faces.images import encode_png
from f2a_manifests import Domain, ExitCode, Workspace


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three drawings (one twice), a picture without a face and a broken one, from folder to split."""
    root = tmp_path_factory.mktemp("finished")
    folder = root / "pictures"
    folder.mkdir()
    for name, pixels in {
        "a": draw(1).pixels, "b": draw(2).pixels, "b again": draw(2).pixels, "empty": draw_faceless(3).pixels
    }.items():  # fmt: skip
        (folder / f"{name}.png").write_bytes(encode_png(pixels[..., :3]))
    (folder / "broken.jpg").write_bytes(b"<html></html>")
    (root / "f2a.toml").write_text('[folder]\npath = "pictures"\ndomain = "anime"\n')
    done = Runner(root)("f2a-data", "run")
    assert done.returncode == ExitCode.ROW_ERRORS
    assert done.stdout.splitlines()[-1] == "run: 7 stages done, 1 errors"
    return root


@pytest.fixture
def workspace(tmp_path: Path, finished: Path) -> Workspace:
    """The same for one test, which may change it."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "workspace")


def test_a_sound_workspace_verifies(workspace: Workspace, call_command: Caller) -> None:
    done = call_command("f2a-data", "verify", "--json")
    assert done.returncode == ExitCode.OK
    findings = json.loads(done.stdout)
    files = [path for name in ("images", "crops") for path in (workspace.root / name).rglob("*.*")]
    assert findings.pop("checked") == len(files) > 3
    assert findings == {"missing": [], "changed": [], "unreadable": [], "extra": []}


def test_every_kind_of_damage_is_found(workspace: Workspace, call_command: Caller) -> None:
    crops = sorted((workspace.root / "crops").rglob("*.png"))
    crops[0].unlink()
    data = bytearray(crops[1].read_bytes())
    data[-20] ^= 1
    crops[1].write_bytes(data)
    (workspace.root / "images" / "stray.png").write_bytes(b"x")
    done = call_command("f2a-data", "verify", "--json", "--workers", 1)
    findings = json.loads(done.stdout)
    assert done.returncode == ExitCode.MISMATCH
    assert findings["missing"] == [crops[0].relative_to(workspace.root).as_posix()]
    assert findings["changed"] == [crops[1].relative_to(workspace.root).as_posix()]
    assert findings["extra"] == ["images/stray.png"]
    plain = call_command("f2a-data", "verify")
    assert "missing: crops/" in plain.stdout
    assert plain.stdout.splitlines()[-1].endswith("1 missing, 1 changed, 0 unreadable, 1 extra")


def test_a_kept_row_whose_file_is_no_image_is_unreadable(workspace: Workspace, call_command: Caller) -> None:
    units = workspace.load()
    image = next(unit.image for unit in units if unit.image.kept)
    workspace.file(image).write_bytes(b"text")
    image.sha256 = ""
    workspace.publish(units)
    findings = json.loads(call_command("f2a-data", "verify", "--json").stdout)
    assert findings["unreadable"] == [image.path]


def test_the_funnel_accounts_for_every_row(workspace: Workspace, call_command: Caller) -> None:
    facts = json.loads(call_command("f2a-data", "funnel", "--json").stdout)["anime"]
    steps = {(step["rows"], step["stage"]): step for step in facts["steps"]}
    assert steps["image", "collect"]["in"] == 5
    assert steps["image", "collect"]["errors"] == {"html_page": 1}
    assert steps["image", "detect"]["dropped"]["no_face"] >= 1
    assert steps["face", "dedup"]["dropped"] == {"exact_copy": len(_faces_of(workspace, "b.png"))}
    for step in facts["steps"]:
        out = sum(step["dropped"].values()) + sum(step["errors"].values())
        assert step["in"] - out == step["kept"]
    assert sum(facts["splits"].values()) == facts["steps"][-1]["kept"] > 0


def _faces_of(workspace: Workspace, name: str) -> list[str]:
    return [face.id for face in workspace.faces(Domain.ANIME) if face.source_id == name]


@pytest.mark.usefixtures("workspace")
def test_the_printed_funnel_reads(call_command: Caller) -> None:
    text = call_command("f2a-data", "funnel").stdout
    assert "dropped: no_face: no face was found" in text
    assert "errors:  html_page: an HTML page, not an image" in text


@pytest.mark.usefixtures("workspace")
def test_status_says_what_comes_next(call_command: Caller) -> None:
    facts = json.loads(call_command("f2a-data", "status", "--json").stdout)
    assert facts["outstanding"] == []
    assert facts["images"] == 5
    call_command("f2a-data", "crop", "--size", 128)
    facts = json.loads(call_command("f2a-data", "status", "--json").stdout)
    assert facts["outstanding"] == ["dedup", "clean", "review", "split"]
    assert "next: f2a-data dedup" in call_command("f2a-data", "status").stdout


@pytest.mark.parametrize("command", ["verify", "funnel", "detect", "split"])
def test_an_empty_workspace_is_no_success(command: str, run_command: Runner) -> None:
    done = run_command("f2a-data", command, "--workspace", "nowhere")
    assert done.returncode != ExitCode.OK
    assert "Traceback" not in done.stderr
