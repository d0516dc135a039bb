"""Results of many images: their names, and going on after a kill."""

import os
import shutil
import subprocess
import sys
import termios
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from f2a_faces.images import Pixels, encode_png
from f2a_train.generators import load
from f2a_translate.card import Card
from f2a_translate.files import translate
from f2a_translate.results import LONGEST_NAME, safe_name
from f2a_translate.translator import Translator

Start = Callable[..., "subprocess.Popen[str]"]
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


def test_killed_by_the_system_the_same_command_goes_on(
    f2a_train: Start, tiny_onnx: Path, photos: Path, tmp_path: Path
) -> None:
    for number in range(20):
        lighter = (TWO // 20 * 19 + number).astype(np.uint8)
        (photos / f"more-{number:02}.png").write_bytes(encode_png(lighter))
    words = ["translate", "--checkpoint", tiny_onnx, "--in-place", photos, "--out"]
    process = f2a_train(*words, tmp_path / "out")
    while len(list((tmp_path / "out").glob("*-1.png"))) < 5 and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    first = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("[0-9]-*.png")}
    assert len(first) == 3 + 4
    for out in ("out", "fresh"):
        process = f2a_train(*words, tmp_path / out)
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")  # no bar: standard error is no terminal
        assert output.startswith("44 faces from 23 images")
    assert {file: file.stat().st_mtime_ns for file in first} == first
    assert visible(tmp_path / "out") == visible(tmp_path / "fresh")


def visible(folder: Path) -> dict[str, bytes]:
    """But for the neighbour in which a killed process was writing."""
    return {name: data for name, data in contents(folder).items() if not name.startswith(".")}


def test_a_folder_has_a_bar_on_a_terminal(tiny_onnx: Path, photos: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("f2a-train")
    for source, bar in ((photos, True), (photos / "1.png", False)):
        terminal, end = os.openpty()
        termios.tcsetwinsize(end, (24, 100))
        words = [program, "translate", "--checkpoint", tiny_onnx, "--out", tmp_path / "out", source]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=end) as process:
            os.close(end)
            shown = _all_of(terminal)
        assert process.returncode == 0
        assert ("3/3" in shown and "image/s" in shown) is bar


def _all_of(terminal: int) -> str:
    parts = []
    with os.fdopen(terminal, "rb", buffering=0) as reader, suppress(OSError):  # so a terminal says its end
        while part := reader.read(4096):
            parts.append(part)
    return b"".join(parts).decode()
