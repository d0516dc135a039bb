"""The sheet of portraits before and after the demo's training."""

import os
from pathlib import Path

import numpy as np

from f2a_demo.comparison import compare
from f2a_faces.images import decode, encode_png
from f2a_translate.grid import GAP

SIDE = 8


def write(file: Path, photo: int, drawing: int, age: int) -> None:
    file.parent.mkdir(exist_ok=True)
    pair = np.concatenate([np.full((SIDE, SIDE, 3), value, np.uint8) for value in (photo, drawing)], axis=1)
    file.write_bytes(encode_png(pair))
    os.utime(file, (1_000_000 - age, 1_000_000 - age))


def test_the_newest_drawings_of_the_same_photo_are_below_each_other(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    write(before / "a-0-1.png", 10, 50, age=0)
    write(before / "b-0-1.png", 20, 60, age=0)
    write(after / "a-1-1.png", 10, 99, age=9)  # of an earlier, shorter training
    write(after / "b-9-1.png", 10, 70, age=0)
    out = tmp_path / "sheet" / "grid.png"
    compare(before, after, out)
    sheet = decode(out).pixels
    step = SIDE + GAP
    assert sheet.shape == (3 * step, step, 3)
    assert [int(sheet[row * step, 0, 0]) for row in range(3)] == [10, 50, 70]
    assert (sheet[SIDE] == 255).all()


def test_without_a_common_photo_there_is_no_sheet(tmp_path: Path) -> None:
    write(tmp_path / "before" / "a-0-1.png", 10, 50, age=0)
    compare(tmp_path / "before", tmp_path / "none", tmp_path / "grid.png")
    assert not (tmp_path / "grid.png").exists()
