"""Further tries for faces that came out badly, judged by the real detector."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from f2a_faces import eyes
from f2a_faces.detectors.self_check import plain_face
from f2a_faces.images import Pixels
from f2a_train.generators import load
from f2a_translate import lights
from f2a_translate.card import Card
from f2a_translate.retries import ATTEMPTS, GOOD, LIGHTS, MATCHED, MOVES, Change, Retrying

SIDE = 64
GREY = np.full((SIDE, SIDE, 3), 128, np.uint8)


def drawing() -> Pixels:
    """A drawn face, tilted so that its mirror image differs."""
    middle = cv2.resize(plain_face(), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 8, 1)
    return np.asarray(cv2.warpAffine(middle, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def squinting() -> Pixels:
    """The same with one eye covered by skin."""
    face = drawing()
    face[29:44, 18:31] = face[39, 32]
    return face


class Drawer:
    """A translator whose result for a photo depends on where the photo is bright."""

    card = Card("human2anime", SIDE, "drawer", 1, "", "", "")
    digest = "0" * 64

    def __init__(self, *, bright_left: Pixels, bright_right: Pixels) -> None:
        self.results = bright_left, bright_right
        self.calls: list[int] = []

    def __call__(self, faces: Pixels) -> Pixels:
        self.calls.append(len(faces))
        return np.stack([self.results[int(bright_right(face))] for face in faces])


def bright_right(face: Pixels) -> bool:
    return bool(face[:, SIDE // 2 :].mean() > face[:, : SIDE // 2].mean())


def photo(*, right: bool) -> Pixels:
    """Half dark, half bright."""
    half = np.full((SIDE, SIDE, 3), 40, np.uint8)
    half[:, SIDE // 2 :] = 200
    return half if right else np.ascontiguousarray(half[:, ::-1])


def test_a_bad_result_is_replaced_by_that_of_the_mirrored_photo_mirrored_back() -> None:
    drawer = Drawer(bright_left=GREY, bright_right=drawing())
    [result] = Retrying(drawer)(photo(right=False)[None])
    assert np.array_equal(result, drawing()[:, ::-1])
    assert drawer.calls == [1, 1]


def test_a_good_result_is_not_tried_again() -> None:
    drawer = Drawer(bright_left=GREY, bright_right=drawing())
    [result] = Retrying(drawer)(photo(right=True)[None])
    assert np.array_equal(result, drawing())
    assert drawer.calls == [1]


def test_of_two_faces_the_one_whose_eyes_match_is_taken() -> None:
    assert eyes.match(squinting()) < MATCHED < eyes.match(drawing())
    drawer = Drawer(bright_left=squinting(), bright_right=drawing())
    assert np.array_equal(Retrying(drawer)(photo(right=False)[None])[0], drawing()[:, ::-1])


def test_only_the_weak_faces_of_a_batch_are_tried_again_and_each_is_as_it_is_alone() -> None:
    photos = np.stack([photo(right=True), photo(right=False), photo(right=True)])
    drawer = Drawer(bright_left=GREY, bright_right=drawing())
    together = Retrying(drawer)(photos)
    assert drawer.calls == [3, 1]
    alone = [Retrying(drawer)(face[None])[0] for face in photos]
    assert np.array_equal(together, np.stack(alone))


def test_where_nothing_helps_the_first_result_stays() -> None:
    drawer = Drawer(bright_left=GREY, bright_right=GREY)
    assert np.array_equal(Retrying(drawer)(photo(right=True)[None])[0], GREY)
    assert len(drawer.calls) == 1 + len(ATTEMPTS)


@pytest.mark.parametrize("change", MOVES, ids=[str(change[1:]) for change in MOVES])
def test_what_a_change_moves_or_mirrors_is_put_back(change: Change) -> None:
    face = drawing()
    assert not np.array_equal(change(face), face)
    assert np.array_equal(change.back(change(face), face), face)
    assert np.array_equal(change.back(change(face), 255 - face)[8:-8, 8:-8], face[8:-8, 8:-8])


def test_the_detector_tells_a_drawn_face_from_a_blurred_one() -> None:
    retrying = Retrying(Drawer(bright_left=GREY, bright_right=GREY))
    blurred = cv2.GaussianBlur(drawing(), (0, 0), 7).astype(np.uint8)
    assert retrying._score(drawing()) > GOOD > retrying._score(blurred)


def test_evened_light_takes_half_of_a_shadow_away_and_keeps_colours() -> None:
    tinted = (photo(right=True) * np.array([1.0, 0.8, 0.6])).astype(np.uint8)
    even = lights.evened(tinted)
    left, right = (half.mean() for half in np.split(even.astype(float), 2, axis=1))
    before = np.diff([half.mean() for half in np.split(tinted.astype(float), 2, axis=1)])[0]
    assert right - left < 0.8 * before
    assert (even[..., 0] >= even[..., 1]).all()
    assert (even[..., 1] >= even[..., 2]).all()


@pytest.mark.parametrize("light", [change.light for change in LIGHTS])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_photo_stays_plain_in_any_light(light: Callable[[Pixels], Pixels], level: int) -> None:
    changed = light(np.full((SIDE, SIDE, 3), level, np.uint8))
    assert changed.dtype == np.uint8
    assert len(np.unique(changed)) == 1


def test_results_are_told_from_those_without_retries(tiny_run: Path) -> None:
    translator = load(tiny_run, device="cpu")
    assert Retrying(translator).digest != translator.digest
    assert Retrying(translator).card == translator.card
