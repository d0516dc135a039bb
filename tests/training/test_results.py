"""Results of many images: their names, and going on after a kill."""

import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from f2a_faces.images import Pixels, encode_png
from f2a_train.card import Card
from f2a_train.results import LONGEST_NAME, safe_name
from f2a_train.translate import translate
from f2a_train.translator import Translator, load

ASTRONAUT = skimage.data.astronaut()[:300, 96:352]
TWO = np.concatenate([ASTRONAUT, ASTRONAUT[:, ::-1]], axis=1)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("写真.jpg", "写真"),
        ("Привет мир.png", "Привет_мир"),
        ("फोटो.jpg", "फोटो"),
        ("ภาพถ่าย.jpg", "ภาพถ่าย"),
        ("cafe\u0301.jpg", "caf\u00e9"),
        ("--rf.png", "rf"),
        ("a\x1b[31m:b?.png", "a_31m_b_"),
        ("..jpg", "_"),
        ("---.png", "image"),
        ("\u202egpj.png", "_gpj"),
        ("\udcff.png", "_"),
    ],
)
def test_letters_and_digits_of_every_script_stay(name: str, kept: str) -> None:
    assert safe_name(Path(name)) == kept


@given(st.text(alphabet=st.characters(exclude_characters="/\0"), min_size=1, max_size=300))
def test_names_are_safe_whatever_the_image_is_called(name: str) -> None:
    safe = safe_name(Path(name))
    assert 1 <= len(safe.encode()) <= LONGEST_NAME
    assert safe[0] not in "-."
    assert not set(safe) & set('/\\:*?"<>|. \n\t')
    assert {unicodedata.category(letter)[0] for letter in safe} <= set("LMNP")
    assert unicodedata.is_normalized("NFC", safe)


class Counting:
    """A translator that counts its calls, and may be killed in one."""

    def __init__(self, translator: Translator, fatal: int = 0) -> None:
        self.calls, self._translator, self._fatal = 0, translator, fatal

    @property
    def card(self) -> Card:
        return self._translator.card

    @property
    def digest(self) -> str:
        return self._translator.digest

    def __call__(self, faces: Pixels) -> Pixels:
        self.calls += 1
        if self.calls == self._fatal:
            raise KeyboardInterrupt
        return self._translator(faces)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, pixels in enumerate((TWO, ASTRONAUT, ASTRONAUT[:, ::-1])):
        (folder / f"{number}.png").write_bytes(encode_png(np.ascontiguousarray(pixels)))
    return folder


@pytest.fixture
def run(tiny_onnx: Path, photos: Path, tmp_path: Path) -> Callable[..., Counting]:
    def run(fatal: int = 0, **how: bool) -> Counting:
        counting = Counting(load(tiny_onnx), fatal)
        translate(counting, [photos], tmp_path / "out", **how)
        return counting

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_run_that_was_cut_short_goes_on(run: Callable[..., Counting], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(fatal=3)
    assert len(list((tmp_path / "out").glob("*-?.png"))) == 3
    assert run().calls == 1
    resumed = contents(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    assert run().calls == 3
    assert contents(tmp_path / "out") == resumed


@pytest.mark.parametrize("left", [b"", b"no PNG", encode_png(np.zeros((9, 9, 3), np.uint8))])
def test_what_is_missing_or_broken_is_made_again(
    left: bytes, run: Callable[..., Counting], tmp_path: Path
) -> None:
    run()
    whole = contents(tmp_path / "out")
    [first] = (tmp_path / "out").glob("0-*-1.png")
    [second] = (tmp_path / "out").glob("0-*-2.png")
    second.write_bytes(left)
    assert run().calls == 1
    first.unlink()  # it is written last
    assert run().calls == 1
    assert contents(tmp_path / "out") == whole


def test_photos_that_were_not_asked_for_before_are_made(run: Callable[..., Counting]) -> None:
    assert run().calls == 3
    assert run(in_place=True).calls == 3
    assert run(in_place=True).calls == 0
    assert run().calls == 0


def test_results_of_another_generator_or_way_are_not_taken_for_its_own(
    run: Callable[..., Counting], photos: Path, tiny_run: Path, tmp_path: Path
) -> None:
    run()
    assert run(whole=True).calls == 3
    other = Counting(load(tiny_run, device="cpu"))
    translate(other, [photos], tmp_path / "out")
    assert other.calls == 3
    assert other.digest == load(tiny_run, device="cpu").digest != load(tiny_run, "anime2human", "cpu").digest
