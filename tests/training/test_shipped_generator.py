"""The generator that comes with the package: small, documented, and it draws anime faces."""

import hashlib
from pathlib import Path

import numpy as np
import skimage.data

from commands import Runner
from f2a_faces.detectors import find_faces
from f2a_faces.detectors.f2a import F2a
from f2a_faces.images import decode, encode_png
from f2a_train.translator import SHIPPED, load

PAGE = Path(__file__).parents[2] / "docs" / "generator.md"


def test_it_is_small_and_has_a_card() -> None:
    assert SHIPPED.stat().st_size <= 8_000_000
    page, card = PAGE.read_text(), load().card
    assert hashlib.sha256(SHIPPED.read_bytes()).hexdigest()[:8] in page
    assert f"step {card.step:,}" in page
    assert (card.direction, card.size) == ("human2anime", 64)


def test_a_photo_becomes_an_anime_face_with_no_option_at_all(tmp_path: Path) -> None:
    (tmp_path / "portrait.png").write_bytes(encode_png(skimage.data.astronaut()))
    done = Runner(tmp_path)("f2a-train", "translate", "portrait.png")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 faces from 1 images, 0 images failed")
    [pair] = tmp_path.glob("*/portrait-*.png")
    pixels = decode(pair).pixels
    before, after = (np.repeat(np.repeat(half, 4, 0), 4, 1) for half in np.split(pixels, 2, axis=1))
    anime = F2a("anime")
    assert find_faces(encode_png(before), anime)[1] == []
    assert len(find_faces(encode_png(after), anime)[1]) == 1
