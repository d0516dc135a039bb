"""Translating photos that no model has seen, with the real detectors."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from f2a_faces.crop import rule
from f2a_faces.detectors.self_check import plain_face
from f2a_faces.images import Pixels, decode, encode_png
from f2a_manifests import FatalError
from f2a_train.generators import load
from f2a_translate.card import box_rule
from f2a_translate.files import translate
from f2a_translate.photo import detect_and_crop, photo_detectors
from f2a_translate.translator import Translator

PHOTOS = Path(__file__).parents[2].parent / "shared" / "data" / "photos"
HOSTILE = "wide \N{GRINNING FACE}\n..\x1b[31m;rm -rf.png"
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def checkpoint(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "run")) / "checkpoint.pt"


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    return saved(tmp_path / "photos" / "portrait.png", skimage.data.astronaut())


def saved(path: Path, pixels: Pixels) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(encode_png(pixels))
    return path


def human2anime(checkpoint: Path) -> Translator:
    return load(checkpoint, device="cpu")


def test_a_face_in_a_photo_becomes_source_and_result_side_by_side(
    checkpoint: Path, portrait: Path, tmp_path: Path
) -> None:
    [outcome] = translate(human2anime(checkpoint), [portrait], tmp_path / "out")
    [result] = outcome.results
    image = decode(result).pixels
    assert image.shape == (64, 128, 3)
    source, made = image[:, :64], image[:, 64:]
    assert np.array_equal(load(checkpoint, device="cpu")(source[None])[0], made)
    grid = decode(tmp_path / "out" / "grid.png").pixels
    assert np.array_equal(grid[:64, :64], source)
    assert np.array_equal(grid[66:130, :64], made)
    # The astronaut's face, not the flag beside her or the shuttle: skin, in the middle of the crop.
    red, _, blue = source[24:40, 24:40].reshape(-1, 3).mean(axis=0)
    assert red > 1.2 * blue


def test_the_other_direction_finds_drawn_faces_and_uses_the_other_generator(
    checkpoint: Path, tmp_path: Path
) -> None:
    drawing = saved(tmp_path / "drawings" / "girl.png", plain_face())
    [outcome] = translate(load(checkpoint, "anime2human", "cpu"), [drawing], tmp_path / "out")
    assert not outcome.reason
    image = decode(outcome.results[0]).pixels
    assert np.array_equal(load(checkpoint, "anime2human", "cpu")(image[None, :, :64])[0], image[:, 64:])
    assert not np.array_equal(load(checkpoint, "human2anime", "cpu")(image[None, :, :64])[0], image[:, 64:])


def test_without_a_face_there_is_a_reason_and_whole_takes_the_centre(
    checkpoint: Path, tmp_path: Path
) -> None:
    wide = np.zeros((80, 200, 3), np.uint8)
    wide[:, 60:140] = (0, 200, 0)
    photo = saved(tmp_path / "photos" / "wall.png", wide)
    [outcome] = translate(human2anime(checkpoint), [photo], tmp_path / "out")
    assert "no face" in outcome.reason
    assert not (tmp_path / "out" / "grid.png").exists()
    [outcome] = translate(human2anime(checkpoint), [photo], tmp_path / "out", whole=True)
    crop = decode(outcome.results[0]).pixels[:, :64]
    assert (crop[:, 2:-2] == (0, 200, 0)).all()


def test_folders_hostile_names_and_bad_files_in_one_run(
    f2a_train: Start, checkpoint: Path, portrait: Path, tmp_path: Path
) -> None:
    photos = portrait.parent
    twin = photos / "more" / "portrait.png"
    twin.parent.mkdir()
    twin.write_bytes(encode_png(np.ascontiguousarray(skimage.data.astronaut()[:, ::-1])))
    (photos / HOSTILE).write_bytes(portrait.read_bytes())
    (photos / "page.jpg").write_bytes(b"<html>404</html>")
    (photos / "empty.webp").write_bytes(b"")
    (photos / "notes.txt").write_text("no image")
    process = f2a_train("translate", "--checkpoint", checkpoint, "--out", tmp_path / "out", photos)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 3, errors
    assert output.splitlines()[-1].startswith("3 faces from 5 images, 2 images failed")
    assert len(errors.splitlines()) == 2
    assert "page.jpg: an HTML page" in errors
    assert "empty.webp: the file is empty" in errors
    results = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(results) == 4  # two files of one name did not overwrite each other
    assert "\r" not in errors  # no bar: standard error is no terminal
    assert all(name.isascii() and name.isprintable() and " " not in name for name in results)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "photos", "run"]


def test_a_hostile_name_cannot_write_to_the_terminal(
    f2a_train: Start, checkpoint: Path, tmp_path: Path
) -> None:
    photo = saved(tmp_path / "photos" / HOSTILE, np.zeros((90, 90, 3), np.uint8))
    process = f2a_train("translate", "--checkpoint", checkpoint, "--out", tmp_path / "out", photo)
    _, errors = process.communicate(timeout=120)
    assert "\x1b" not in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("out", ["out", ".", ".."])
def test_results_are_no_photos_wherever_they_are_written(
    checkpoint: Path, portrait: Path, tmp_path: Path, out: str
) -> None:
    for _ in range(2):
        outcomes = translate(human2anime(checkpoint), [portrait.parent], portrait.parent / out, in_place=True)
        assert [(outcome.source, outcome.reason) for outcome in outcomes] == [(portrait, "")]
    elsewhere = translate(human2anime(checkpoint), [portrait.parent], tmp_path / "elsewhere")
    assert [outcome.source for outcome in elsewhere] == [portrait]


def test_a_persons_own_grid_is_not_replaced(checkpoint: Path, portrait: Path) -> None:
    own = portrait.with_name("grid.png")
    own.write_bytes(before := portrait.read_bytes())
    with pytest.raises(FatalError, match="would be overwritten; choose another --out"):
        translate(human2anime(checkpoint), [portrait.parent], portrait.parent)
    assert own.read_bytes() == before


def test_a_path_that_does_not_exist_is_named(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(FatalError, match=r"holiday\.jpg"):
        translate(human2anime(checkpoint), [tmp_path / "holiday.jpg"], tmp_path / "out")


def test_faces_are_cut_as_in_training_where_that_applies_to_a_box() -> None:
    assert box_rule(str(rule("paper", 64)), 64) == rule("paper", 64)
    assert box_rule(str(rule("whole", 64)), 128) == rule("default", 128)
    for unknown in ("", "celeba aligned", "default size=x padding=1", senseless("nan"), senseless("inf")):
        assert box_rule(unknown, 64) == rule("default", 64)


def senseless(padding: str) -> str:
    return f"paper size=64 padding={padding} lift=0.2 min_box=0 max_upscale=4"


@pytest.mark.real_data
def test_nearly_all_faces_in_real_photos_are_found_and_cut() -> None:
    """All 100 were looked at: 98 have a face that was cut, and every cut shows it."""
    if not PHOTOS.is_dir():
        pytest.skip(f"no real photos at {PHOTOS}")
    tried = photo_detectors("human")
    photos = [
        detect_and_crop(file.read_bytes(), rule("default", 128), tried)
        for file in sorted(PHOTOS.glob("*.jpg"))
    ]
    assert len(photos) == 100
    assert sum(any(face.crop is not None for face in photo.faces) for photo in photos) >= 98
    assert sum(len(photo.faces) for photo in photos) <= 100
