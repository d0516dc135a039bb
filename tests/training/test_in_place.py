"""Faces put back into the photo: in the right place, without an edge, the rest as it was."""

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from f2a_faces.images import Pixels, decode, encode_png
from f2a_manifests import Square
from f2a_train.generators import load
from f2a_translate.files import translate
from f2a_translate.in_place import paste, patch
from f2a_translate.results import LARGE
from f2a_translate.translator import Translator

ASTRONAUT = skimage.data.astronaut()
NOSE = (225, 125)  # x, y


def plain(value: int, side: int = 64) -> Pixels:
    return np.full((side, side, 3), value, np.uint8)


def test_a_patch_hides_the_middle_and_leaves_the_border() -> None:
    alpha = patch(plain(9))[..., 3].astype(int)
    assert alpha[32, 32] == 255
    assert max(alpha[0].max(), alpha[-1].max(), alpha[:, 0].max(), alpha[:, -1].max()) <= 3
    assert np.abs(np.diff(alpha, axis=0)).max() < 40  # no step
    assert (alpha == alpha[::-1]).all()
    assert (alpha == alpha.T).all()


def test_a_face_fills_its_square_and_nothing_else() -> None:
    photo = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    pasted = paste(photo, [(Square(100.4, 50.3, 120.0), plain(200))])
    outside = np.ones((300, 400), bool)
    outside[50:170, 100:220] = False
    assert (pasted[outside] == photo[outside]).all()
    assert (pasted[90:130, 140:180] == 200).all()
    border = pasted[50, 100:220].astype(int) - photo[50, 100:220]
    assert np.abs(border).max() <= 3


def test_the_surest_face_lies_on_top() -> None:
    square = Square(10.0, 10.0, 50.0)
    pasted = paste(np.zeros((80, 80, 3), np.uint8), [(square, plain(200)), (square, plain(90))])
    assert (pasted[35, 35] == 200).all()


@pytest.fixture
def generator(tiny_onnx: Path) -> Translator:
    return load(tiny_onnx)


def jpeg(pixels: Pixels, orientation: int = 1) -> bytes:
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "JPEG", exif=exif, quality=95)
    return buffer.getvalue()


def changed(before: Pixels, after: Pixels) -> tuple[float, float, float, float]:
    """The left, right, top and bottom of what differs clearly."""
    rows, columns = np.nonzero(np.abs(before.astype(int) - after).max(-1) > 40)
    return columns.min(), columns.max(), rows.min(), rows.max()


@pytest.mark.parametrize("turned", [False, True])
def test_the_face_is_replaced_where_it_is_upright_and_at_full_size(
    *, turned: bool, generator: Translator, tmp_path: Path
) -> None:
    photo = tmp_path / "me.jpg"
    photo.write_bytes(jpeg(np.rot90(ASTRONAUT), 6) if turned else jpeg(ASTRONAUT))
    translate(generator, [photo], tmp_path / "out", in_place=True)
    [file] = (path for path in (tmp_path / "out").glob("me-*.png") if not path.stem.endswith("-1"))
    before, after = decode(photo).pixels, decode(file).pixels
    assert before.shape == after.shape == (512, 512, 3)
    left, right, top, bottom = changed(before, after)
    assert left < NOSE[0] < right
    assert top < NOSE[1] < bottom
    assert right - left < 220
    assert (after[300:] == before[300:]).all()


def test_a_large_photo_becomes_a_jpeg(generator: Translator, tmp_path: Path) -> None:
    large = np.asarray(Image.fromarray(ASTRONAUT).resize((2100, 2100)))
    assert large.shape[0] * large.shape[1] > LARGE
    (tmp_path / "large.png").write_bytes(encode_png(large, compress_level=1))
    translate(generator, [tmp_path / "large.png"], tmp_path / "out", in_place=True)
    [file] = (tmp_path / "out").glob("*.jpg")
    assert decode(file).pixels.shape == large.shape
    assert np.abs(decode(file).pixels[1200:].astype(int) - large[1200:]).mean() < 3  # no shift of colours


def test_the_command_replaces_every_face(
    f2a_train: Callable[..., "subprocess.Popen[str]"], tiny_onnx: Path, tmp_path: Path
) -> None:
    two = np.concatenate([ASTRONAUT, ASTRONAUT[:, ::-1]], axis=1)
    (tmp_path / "two.png").write_bytes(encode_png(two))
    process = f2a_train(
        "translate", "--checkpoint", tiny_onnx, "--in-place", "--out", tmp_path / "out", tmp_path / "two.png"
    )
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert output.startswith("2 faces from 1 images")
    names = sorted(path.name.partition("-")[2][12:] for path in (tmp_path / "out").glob("two-*"))
    assert names == ["-1.png", "-2.png", ".png"]
    [photo] = (path for path in (tmp_path / "out").glob("two-????????????.png"))
    left, right, _, _ = changed(two, decode(photo).pixels)
    assert left < NOSE[0]
    assert right > 1023 - NOSE[0]
