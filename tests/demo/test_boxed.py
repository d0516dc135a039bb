"""Drawings with boxes, as the detector's training takes them."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from f2a_demo.drawing import draw
from f2a_faces.detectors.boxed_set import read_boxed
from f2a_faces.images import decode


def test_drawings_are_written_with_their_boxes_and_others_without_a_face(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "f2a_demo.boxed", "drawn", "--count", "4"]
    subprocess.run(command, cwd=tmp_path, check=True)
    images = read_boxed(tmp_path / "drawn" / "faces", tmp_path / "drawn" / "boxes.csv").images
    assert len(images) == 4
    first = draw(50_000)
    assert images[0].faces == list(first.boxes)
    assert decode(images[0].file).pixels.shape == (*first.pixels.shape[:2], 3)
    faceless = [decode(file).pixels for file in (tmp_path / "drawn" / "faceless").iterdir()]
    assert len(faceless) == 2
    assert not np.array_equal(faceless[0], faceless[1])
