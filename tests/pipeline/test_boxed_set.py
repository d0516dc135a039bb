"""Folders of images with a CSV of the faces in them."""

from pathlib import Path

import numpy as np
import pytest

from f2a_faces.detectors.boxed_set import BoxedSet, read_boxed
from f2a_faces.images import encode_png
from f2a_manifests import Box, ExitCode, FatalError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    for name in ("a.png", "b.PNG", "more/c.png"):
        (tmp_path / name).write_bytes(encode_png(np.zeros((300, 600, 3), dtype=np.uint8)))
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def read(folder: Path, rows: str, split: str = "", columns: str = "image,x,y,w,h") -> BoxedSet:
    csv = folder / "boxes.csv"
    csv.write_text(f"{columns}\n{rows}", encoding="utf-8-sig")
    return read_boxed(folder, csv, split)


def found(result: BoxedSet) -> dict[str, list[Box]]:
    return {image.file.name: image.faces for image in result.images}


def test_images_without_rows_have_no_face(folder: Path) -> None:
    result = read(folder, "a.png,1,2,3,4\nmore/c.png,5,6,7,8\na.png,9,9,9,9\n")
    expected = {"a.png": [Box(1, 2, 3, 4), Box(9, 9, 9, 9)], "b.PNG": [], "c.png": [Box(5, 6, 7, 8)]}
    assert found(result) == expected
    assert result.left_out == 0


DIVIDED = "a.png,1,2,3,4,calibration\nb.PNG,,,,,test\n"


@pytest.mark.parametrize(
    ("split", "names"),
    [("", ["a.png", "b.PNG"]), ("calibration", ["a.png"]), ("test", ["b.PNG"])],
)
def test_a_divided_set_is_what_its_file_names(folder: Path, split: str, names: list[str]) -> None:
    result = read(folder, DIVIDED, split, "image,x,y,w,h,split")
    assert list(found(result)) == names
    assert result.left_out == 1


def test_images_without_a_split_are_left_out(folder: Path) -> None:
    result = read(folder, DIVIDED + "more/c.png,1,1,5,5,\n", "", "image,x,y,w,h,split")
    assert list(found(result)) == ["a.png", "b.PNG"]
    assert result.left_out == 1


def test_small_faces_are_set_apart_at_a_common_size(folder: Path) -> None:
    image = read(folder, "a.png,0,0,8,5\na.png,0,0,5,7\n").images[0]
    assert image.by_size(16, 1200) == ([Box(0, 0, 8, 5)], [Box(0, 0, 5, 7)])
    assert image.by_size(16, 600) == ([], [Box(0, 0, 8, 5), Box(0, 0, 5, 7)])
    assert image.by_size(0, 1200)[1] == []


@pytest.mark.parametrize(
    ("columns", "rows", "split", "message"),
    [
        ("image,x,y,w", "", "", "columns must be"),
        ("image,x,y,w,h", "a.png,1,2,3,4\nz.png,1,2,3,4\n", "", "line 3: there is no image 'z.png'"),
        ("image,x,y,w,h", "a.png,1,2,three,4\n", "", "line 2: .*three"),
        ("image,x,y,w,h", "a.png,1,2,3\n", "", "line 2"),
        ("image,x,y,w,h", "a.png,1,2,0,4\n", "", "is empty"),
        ("image,x,y,w,h", "a.png,1,2,3,4\n", "calibration", "no column 'split'"),
        ("image,x,y,w,h,split", "a.png,1,2,3,4,chose\n", "", "split is 'chose'"),
        ("image,x,y,w,h,split", DIVIDED + "a.png,5,5,5,5,test\n", "", "in two splits"),
    ],
)
def test_a_wrong_file_is_refused(folder: Path, columns: str, rows: str, split: str, message: str) -> None:
    with pytest.raises(FatalError, match=message) as caught:
        read(folder, rows, split, columns)
    assert caught.value.code == ExitCode.USAGE


def test_missing_things_are_named(folder: Path) -> None:
    with pytest.raises(FatalError, match="no folder"):
        read_boxed(folder / "none", folder / "boxes.csv")
    with pytest.raises(FatalError, match="cannot read"):
        read_boxed(folder, folder / "none.csv")
    with pytest.raises(FatalError, match="no image"):
        read(folder, "a.png,1,2,3,4,calibration\n", "test", "image,x,y,w,h,split")


def test_a_broken_image_is_named(folder: Path) -> None:
    (folder / "a.png").write_bytes(b"broken")
    image = read(folder, "a.png,1,2,3,4\n").images[0]
    with pytest.raises(FatalError, match=r"a\.png: not an image"):
        image.by_size(16, 1200)
