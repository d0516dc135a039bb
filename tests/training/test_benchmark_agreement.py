"""benchmarks/agreement.py as a user runs it, on drawn faces and planted damage."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from drawn_faces import drawn_faces
from f2a_faces.images import encode_png
from f2a_manifests import Domain, Workspace, read, write
from workspaces import kept_face

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "agreement.py"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Drawn faces; the "photos" are grey and soft."""
    workspace = Workspace(tmp_path_factory.mktemp("agreement") / "w")
    workspace.create()
    grey = np.repeat(drawn_faces(0, 16).mean(3, keepdims=True) / 2 + 60, 3, 3).astype(np.uint8)
    for domain, faces in ((Domain.HUMAN, grey), (Domain.ANIME, drawn_faces(100, 32))):
        write(workspace.faces_csv(domain), [kept_face(workspace, face, domain, "val") for face in faces])
    return workspace


@pytest.fixture(scope="module")
def agreement(workspace: Workspace) -> Run:
    def run(*more: str | Path) -> "subprocess.CompletedProcess[str]":
        manifests = [f"--{domain}={workspace.faces_csv(domain)}" for domain in Domain]
        command = [sys.executable, SCRIPT, *manifests, "--faces", "12", *more]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def cells(output: str) -> dict[str, list[str]]:
    lines = [line.split("|")[1:-1] for line in output.splitlines() if line.startswith("|")]
    return {first.strip(): [cell.strip() for cell in rest] for first, *rest in lines}


@pytest.fixture(scope="module")
def table(
    agreement: Run, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory, tiny_onnx: Path
) -> dict[str, list[str]]:
    """What is printed about results ranked by eye, and about planted damage."""
    home = tmp_path_factory.mktemp("ranked")
    drawings = home / "drawings"
    drawings.mkdir()
    photos = read(workspace.faces_csv(Domain.HUMAN))
    for photo, face in zip(photos, drawn_faces(0, 16), strict=True):  # the photos before they were grey
        (drawings / f"{photo.id}.png").write_bytes(encode_png(face))
    named = ["drawings,1", "photos as cartoons,2", "one cartoon for all,3", f"{tiny_onnx},4"]
    (home / "ranks.csv").write_text("\n".join(["results,rank", *named]))
    done = agreement("--ranks", home / "ranks.csv")
    assert done.returncode == 0, done.stderr
    return cells(done.stdout)


def test_known_damage_is_ranked_as_it_should_be(table: dict[str, list[str]]) -> None:
    names = table["planted damage, from none to most"]
    for family in ("blur", "noise"):
        assert float(table[family][names.index("kid_lite2")]) > 0.9, family
    assert float(table["fewer"][names.index("spread")]) > 0.7
    assert table["blur"][names.index("retrieval")] == ""  # they have no photos


def test_ranks_by_eye_are_compared(table: dict[str, list[str]]) -> None:
    names = table["results, rank by eye"]
    best, worst = table["drawings, 1"], table["one cartoon for all, 3"]
    kid, colours = names.index("kid_lite2"), names.index("colour_rank")
    assert float(best[kid]) < float(table["photos as cartoons, 2"][kid]) < float(worst[kid])
    assert float(best[colours]) < 0.2 < float(worst[colours])
    assert float(table["**agreement with the eye**"][kid]) > 0.7


def test_a_folder_of_something_else_is_refused(agreement: Run, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "ranks.csv").write_text("results,rank\nother,1\n")
    done = agreement("--ranks", tmp_path / "ranks.csv")
    assert done.returncode == 1
    assert "0 pictures are named by ids of the 12 photos" in done.stderr
