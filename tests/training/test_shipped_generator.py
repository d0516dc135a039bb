"""The generator that comes with the package: small, documented, and it draws anime faces."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch

from commands import Runner
from f2a_faces import eyes
from f2a_faces.detectors import find_faces
from f2a_faces.detectors.f2a import F2a
from f2a_faces.images import decode, encode_png
from f2a_manifests import FatalError
from f2a_methods import from_preset
from f2a_methods.projected.learner import generator
from f2a_train.generators import load
from f2a_train.generators.torch_translator import TorchTranslator
from f2a_train.onnx_weights import read_weights
from f2a_translate import shipped
from f2a_translate.shipped import SHIPPED

PAGE = Path(__file__).parents[2] / "docs" / "generator.md"


@pytest.mark.parametrize("size", SHIPPED)
def test_each_is_small_and_has_a_card(size: int) -> None:
    file = SHIPPED[size]
    assert file.stat().st_size <= 8_000_000
    page, card = PAGE.read_text(), load(size=size).card
    assert hashlib.sha256(file.read_bytes()).hexdigest()[:8] in page
    assert f"step {card.step:,}" in page
    assert (card.direction, card.size) == ("human2anime", size)


@pytest.mark.parametrize("size", SHIPPED)
def test_what_ships_is_what_the_code_would_export(size: int) -> None:
    """After a change of the network: `benchmarks/export_again.py`."""
    network = generator(from_preset("projected"), size)
    stored = read_weights(SHIPPED[size], "human2anime")
    own = {name.removeprefix("human2anime."): value for name, value in stored.items()}
    network.load_state_dict({name: own[name] for name in network.state_dict()})
    translator = load(size=size)
    source = TorchTranslator(network.eval(), translator.card, torch.device("cpu"))
    face = cv2.resize(skimage.data.astronaut()[40:220, 130:310], (size, size), interpolation=cv2.INTER_AREA)
    faces = np.stack([face, face[..., ::-1], 255 - face])
    difference = abs(translator(faces).astype(int) - source(faces))
    assert difference.max() <= 2
    assert np.ptp(translator(faces)) > 200


@pytest.mark.parametrize("size", SHIPPED)
def test_both_eyes_match_although_the_halves_of_the_photo_differ(size: int) -> None:
    face = cv2.resize(skimage.data.astronaut()[40:220, 130:310], (size, size), interpolation=cv2.INTER_AREA)
    shaded = (face * np.linspace(0.5, 1, size)[:, None]).astype(np.uint8)
    photos = np.stack([face, np.roll(face, size // 16, axis=1), shaded])
    matches = [eyes.match(drawing) for drawing in load(size=size)(photos)]
    assert min(matches) > 0.95, matches


def test_the_largest_is_taken_unless_another_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().card.size == max(SHIPPED)
    files = {128: Path("b.onnx"), 32: Path("a.onnx")}
    monkeypatch.setattr(shipped, "SHIPPED", files)
    assert shipped.shipped() == files[128]
    assert shipped.shipped(32) == files[32]
    with pytest.raises(FatalError, match="no generator of 64 pixels ships; there is 128 and 32"):
        shipped.shipped(64)


def test_a_size_is_for_generators_that_ship(tmp_path: Path) -> None:
    run = Runner(tmp_path)
    for name in ("translate", "serve"):
        words = ["photo.png"] if name == "translate" else ["--no-browser"]
        done = run("f2a-train", name, "--size", 48, *words)
        assert (done.returncode, "no generator of 48 pixels ships" in done.stderr) == (2, True)
        done = run("f2a-train", name, "--size", 64, "--checkpoint", "own.onnx", *words)
        assert (done.returncode, "leave it out with --checkpoint" in done.stderr) == (2, True)


def test_a_photo_becomes_an_anime_face_with_no_option_at_all(tmp_path: Path) -> None:
    (tmp_path / "portrait.png").write_bytes(encode_png(skimage.data.astronaut()))
    done = Runner(tmp_path)("f2a-train", "translate", "portrait.png")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 faces from 1 images, 0 images failed")
    [pair] = tmp_path.glob("*/portrait-*.png")
    pixels = decode(pair).pixels
    times = 256 // len(pixels)
    before, after = (np.repeat(np.repeat(half, times, 0), times, 1) for half in np.split(pixels, 2, axis=1))
    anime = F2a("anime")
    assert find_faces(encode_png(before), anime)[1] == []
    assert len(find_faces(encode_png(after), anime)[1]) == 1
