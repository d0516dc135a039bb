"""The demo, as ``make demo`` runs it, with the training cut short."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from f2a_demo import sample
from f2a_demo.drawing import draw
from f2a_faces.images import encode_png
from f2a_manifests import Domain, Reason, Workspace


def _demo(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "f2a_demo", "--workspace", "demo", "--steps", "2", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.timeout(600)
def test_from_a_booru_of_drawings_to_a_report(tmp_path: Path) -> None:
    done = _demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    example = Workspace(sample.rebuilt(tmp_path / "demo"))
    assert "rebuild: 16 of 16 crops are as published" in done.stdout
    assert [face.split for face in example.faces(Domain.ANIME)] == [
        face.split for face in Workspace(sample.EXAMPLE).faces(Domain.ANIME)
    ]
    workspace = Workspace(tmp_path / "demo")
    images = [unit.image for unit in workspace.load() if unit.image.source == "danbooru"]
    assert sum(image.kept for image in images) > 80
    assert {image.reason for image in images if not image.kept} >= {
        Reason.NO_FACE,
        Reason.POST_WITHOUT_FILE,
    }
    assert {face.split for face in workspace.faces(Domain.ANIME)} >= {"train", "val", "test"}
    report = (tmp_path / "demo" / "report.html").read_text()
    assert "Translated faces" in report
    assert "<h3>shipped-generator" in report
    assert "demo/photo-before-after" in report
    again = _demo(tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.timeout(600)
def test_on_the_users_own_folders(tmp_path: Path) -> None:
    for name, pictures in {
        "my drawings": [draw(seed).pixels[..., :3] for seed in range(4)],
        'my "photos"': [astronaut(), np.asarray(Image.fromarray(astronaut()).crop((60, 0, 400, 300)))],
    }.items():
        (tmp_path / name).mkdir()
        for number, pixels in enumerate(pictures):
            (tmp_path / name / f"{number}.png").write_bytes(encode_png(pixels))
    done = _demo(tmp_path, "--anime", "my drawings", "--human", 'my "photos"')
    assert done.returncode == 0, done.stdout + done.stderr
    assert list((tmp_path / "demo" / "runs" / "demo" / "translated").glob("*.png"))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = _demo(tmp_path, "--anime", "nowhere")
    assert done.returncode == 2
    assert "there is no folder nowhere" in done.stderr
