"""benchmarks/detect.py as a user runs it, on drawings."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from f2a_demo.drawing import draw, draw_faceless
from f2a_faces.images import encode_png
from f2a_manifests import Box

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "detect.py"
HAAR = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pictures of one face each, and one without."""
    folder = tmp_path_factory.mktemp("drawings")
    rows = ["image,x,y,w,h"]
    for seed in range(4):
        picture = draw(seed, people=1)
        (folder / f"{seed}.png").write_bytes(encode_png(picture.pixels))
        rows += [f"{seed}.png,{x},{y},{w},{h}" for x, y, w, h in picture.boxes]
    (folder / "empty.png").write_bytes(encode_png(draw_faceless(0).pixels))
    (folder / "boxes.csv").write_text("\n".join(rows))
    return folder


def bench(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(SCRIPT), "--seconds", "0.1", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.animeface
def test_the_tables_show_every_detector(drawings: Path) -> None:
    done = bench(drawings, "--detector", "animeface", "--detector", "haar:max_side=320", "--cascade", HAAR)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("5 images, 1 images without a face, 4 faces, 0 smaller faces ignored")
    rows = {label: [line.split() for line in lines if line.startswith(f"{label} ")] for label in LABELS}
    assert all(len(found) == 2 for found in rows.values()), done.stdout
    accuracy, cost = rows["animeface"]
    assert float(accuracy[1]) >= 0.5, "animeface finds most drawn faces"
    assert len(accuracy) == 1 + 4 * 3
    assert cost[2] == "1.00"
    assert float(rows["haar:max_side=320"][1][2]) > 1, "it is faster than animeface"
    assert 20 < float(cost[3]) < 500
    assert 0 < float(cost[4]) < 30
    assert cost[5:] == [cost[5], "animeface-2.0.3"]
    assert cost[5] in ("0/1", "1/1")


def test_finds_are_counted_by_their_score(drawings: Path) -> None:
    done = bench(drawings, "--by-score", "--detector", "f2a:threshold=0.05")
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.rpartition("\n\n")[2].splitlines()
    assert head.split()[-2:] == ["to", "1"]
    assert [row.split()[0] for row in rows] == ["f2a:threshold=0.05"]
    counts = [tuple(map(int, cell.split("/"))) for cell in rows[0].split()[1:]]
    assert len(counts) == 7
    assert sum(right for right, _ in counts) <= 4 <= sum(found for _, found in counts)
    right, found = counts[-1]
    assert right == found > 0  # what it is sure of are the drawn faces


def test_finds_are_enlarged_to_a_set_with_larger_boxes(drawings: Path, tmp_path: Path) -> None:
    head, *rows = (drawings / "boxes.csv").read_text().splitlines()
    wide = tmp_path / "wide.csv"
    named = (
        (name, Box(*map(int, numbers)).scaled(1.7)) for name, *numbers in (row.split(",") for row in rows)
    )
    wide.write_text("\n".join([head, *(f"{name},{x},{y},{w},{h}" for name, (x, y, w, h) in named)]))
    recalls = []
    for frame in ((), ("--frame", 1.7)):
        done = bench(drawings, "--boxes", wide, "--detector", "f2a", "--json", *frame)
        recalls.append(json.loads(done.stdout)["detectors"][0]["iou"]["0.5"]["recall"])
    assert recalls[0] < 0.5 < recalls[1]


LABELS = ("animeface", "haar:max_side=320", "cascade")


def test_json_of_one_split_with_small_faces_ignored(drawings: Path, tmp_path: Path) -> None:
    boxes = tmp_path / "divided.csv"
    rows = ["0.png,0,0,400,400,calibration", "0.png,0,0,5,5,calibration"]
    rows += ["1.png,0,0,9,9,test", "2.png,,,,,calibration"]
    boxes.write_text("image,x,y,w,h,split\n" + "\n".join(rows))
    words = ("--boxes", boxes, "--split", "calibration", "--min-side", 16, "--detector", "haar", "--json")
    done = bench(drawings, *words)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    detector = result.pop("detectors")[0]
    assert result == {
        "images": 2,
        "images_without_a_face": 1,
        "faces": 1,
        "smaller_faces_ignored": 1,
        "left_out": 2,
    }
    assert detector["detector"] == "haar"
    assert detector["images_per_cpu_second"] > 0
    assert detector["times_animeface"] is None
    assert list(detector["iou"]) == ["0.3", "0.4", "0.5"]


def test_mistakes_are_told_in_one_line(drawings: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "a.png").write_bytes(encode_png(np.zeros((64, 64, 3), dtype=np.uint8))[:-40])
    (broken / "boxes.csv").write_text("image,x,y,w,h\na.png,1,1,20,20\n")
    for words, message in [
        ((tmp_path / "none",), "there is no folder"),
        ((drawings, "--detector", "nobody"), "no detector named 'nobody'"),
        ((drawings, "--detector", "haar:colour=red"), "detector haar"),
        ((broken, "--detector", "haar"), "a.png: the image cannot be decoded"),
    ]:
        done = bench(*words)
        assert done.returncode == 1, words
        assert message in done.stderr
        assert "Traceback" not in done.stderr
