"""Further tries for faces that came out badly, judged by the real detector."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from f2a_faces.detectors.self_check import plain_face
from f2a_faces.images import Pixels
from f2a_train.generators import load
from f2a_translate import lights
from f2a_translate.card import Card
from f2a_translate.retries import GOOD, LIGHTS, Retrying

SIDE = 64
WHITE = np.full((SIDE, SIDE, 3), 255, np.uint8)
BRIGHT, USUAL, DIM = 200, 180, 170


def drawing() -> Pixels:
    """A drawn face."""
    return np.asarray(cv2.resize(plain_face(), (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


class Drawer:
    """A translator whose result depends on whether a photo is usually bright: from `DIM` to `BRIGHT`."""

    card = Card("human2anime", SIDE, "drawer", 1, "", "", "")
    digest = "0" * 64

    def __init__(self, *, other: Pixels, usual: Pixels) -> None:
        self.other, self.usual = other, usual
        self.calls: list[int] = []

    def __call__(self, faces: Pixels) -> Pixels:
        self.calls.append(len(faces))
        return np.stack([self.usual if DIM < face.mean() < BRIGHT else self.other for face in faces])


def photo(level: int) -> Pixels:
    return np.full((SIDE, SIDE, 3), level, np.uint8)


def test_a_bad_result_of_a_bright_photo_is_replaced_by_that_of_a_darker_one() -> None:
    drawer = Drawer(other=WHITE, usual=drawing())
    assert np.array_equal(Retrying(drawer)(photo(BRIGHT)[None])[0], drawing())
    assert drawer.calls == [1, 1]


def test_a_good_result_is_not_tried_again() -> None:
    drawer = Drawer(other=WHITE, usual=drawing())
    assert np.array_equal(Retrying(drawer)(photo(USUAL)[None])[0], drawing())
    assert drawer.calls == [1]


def test_only_the_weak_faces_of_a_batch_are_tried_again_and_each_is_as_it_is_alone() -> None:
    photos = np.stack([photo(USUAL), photo(BRIGHT), photo(USUAL)])
    drawer = Drawer(other=WHITE, usual=drawing())
    together = Retrying(drawer)(photos)
    assert drawer.calls == [3, 1]
    alone = [Retrying(drawer)(face[None])[0] for face in photos]
    assert np.array_equal(together, np.stack(alone))


def test_where_nothing_helps_the_first_result_stays() -> None:
    drawer = Drawer(other=WHITE, usual=WHITE - 1)
    assert np.array_equal(Retrying(drawer)(photo(BRIGHT)[None])[0], WHITE)
    assert len(drawer.calls) == 1 + len(LIGHTS)


def test_the_detector_tells_a_drawn_face_from_a_blurred_one() -> None:
    retrying = Retrying(Drawer(other=WHITE, usual=WHITE))
    blurred = cv2.GaussianBlur(drawing(), (0, 0), 7).astype(np.uint8)
    assert retrying._score(drawing()) > GOOD > retrying._score(blurred)


def test_evened_light_takes_half_of_a_shadow_away_and_keeps_colours() -> None:
    half = photo(40)
    half[:, SIDE // 2 :] = 200
    tinted = (half * np.array([1.0, 0.8, 0.6])).astype(np.uint8)
    even = lights.evened(tinted)
    left, right = (part.mean() for part in np.split(even.astype(float), 2, axis=1))
    before = np.diff([part.mean() for part in np.split(tinted.astype(float), 2, axis=1)])[0]
    assert right - left < 0.8 * before
    assert (even[..., 0] >= even[..., 1]).all()
    assert (even[..., 1] >= even[..., 2]).all()


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_photo_stays_plain_in_any_light(light: Callable[[Pixels], Pixels], level: int) -> None:
    changed = light(np.full((SIDE, SIDE, 3), level, np.uint8))
    assert changed.dtype == np.uint8
    assert len(np.unique(changed)) == 1


def test_results_are_told_from_those_without_retries(tiny_run: Path) -> None:
    translator = load(tiny_run, device="cpu")
    assert Retrying(translator).digest != translator.digest
    assert Retrying(translator).card == translator.card
