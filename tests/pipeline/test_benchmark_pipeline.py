"""benchmarks/pipeline.py as a user runs it, on drawings in CelebA's layout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from f2a_demo.drawing import draw
from f2a_faces.images import encode_jpeg

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "pipeline.py"


def bench(root: Path) -> "subprocess.CompletedProcess[str]":
    sizes = {"photos": 5, "searched": 2, "illustrations": 2, "rounds": 1}
    options = [f"--{name}={number}" for name, number in sizes.items()]
    command = [sys.executable, str(SCRIPT), str(root), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def test_every_stage_stands_beside_its_floor(tmp_path: Path) -> None:
    (tmp_path / "Img").mkdir()
    with zipfile.ZipFile(tmp_path / "Img" / "img_align_celeba.zip", "w") as archive:
        for seed in range(3):
            picture = Image.fromarray(draw(seed).pixels[..., :3]).resize((178, 218))
            archive.writestr(f"img_align_celeba/{seed + 1:06}.jpg", encode_jpeg(np.asarray(picture)))
    done = bench(tmp_path)
    assert done.returncode == 0, done.stderr
    rows = {cells[1].strip(): cells for cells in (line.split("|") for line in done.stdout.splitlines()[2:])}
    assert list(rows) == [
        "celeba, 178x218", "crop, 178x218", "verify, 178x218",
        "folder, 178x218", "detect, 178x218",
        "folder, 1500x2000", "detect, 1500x2000", "crop, 1500x2000", "verify, 1500x2000",
    ]  # fmt: skip
    for cells in rows.values():
        rate, floor = (float(cells[at].replace(",", "")) for at in (2, 4))
        assert rate > 0
        assert floor > 0


def test_missing_images_are_named(tmp_path: Path) -> None:
    done = bench(tmp_path)
    assert done.returncode == 1
    assert "img_align_celeba.zip is missing" in done.stderr
