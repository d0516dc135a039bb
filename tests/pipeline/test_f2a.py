"""The project's own detector, with the weights that it ships."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from drawn_faces import illustration
from f2a_demo.drawing import draw_faceless
from f2a_faces.detectors import Detection, Detector, f2a, find_faces, load
from f2a_faces.detectors.f2a import SHIPPED, F2a
from f2a_faces.detectors.scoring import ImageDetections, evaluate
from f2a_faces.images import Decoded, Pixels, encode_png, reduced
from f2a_manifests import Box, FatalError

ASTRONAUT_FACE = Box(177, 75, 95, 110)  # brows to chin, by eye


def test_drawn_faces_are_found() -> None:
    detector = load("f2a")
    drawings = [illustration(seed) for seed in range(900, 930)]
    searched = [
        ImageDetections(find_faces(encode_png(d.pixels[..., :3]), detector)[1], d.boxes) for d in drawings
    ]
    metrics = evaluate(searched, 0.3)
    assert metrics.recall > 0.85
    assert metrics.precision > 0.9


def test_nothing_is_found_where_there_is_no_face() -> None:
    detector = load("f2a")
    pictures = (encode_png(draw_faceless(seed).pixels[..., :3]) for seed in range(900, 925))
    assert sum(bool(find_faces(picture, detector)[1]) for picture in pictures) <= 2  # 4 in 100 are measured
    noise = np.random.default_rng(0).integers(0, 255, (320, 320, 3), dtype=np.uint8)
    assert detector.find(noise) == []


def test_the_kinds_are_told_apart() -> None:
    human, anime = load("f2a", kind="human"), load("f2a", kind="anime")
    _, people = find_faces(encode_png(astronaut()), human)
    assert evaluate([ImageDetections(people[:1], [ASTRONAUT_FACE])], 0.5).recall == 1
    drawn = find_faces(encode_png(astronaut()), anime)[1]  # an emblem on her suit may count as drawn
    assert evaluate([ImageDetections(drawn, [ASTRONAUT_FACE])], 0.1).recall == 0


@pytest.mark.parametrize("row", [0, 3])
def test_a_box_is_the_mean_of_what_the_cells_around_its_peak_say(row: int) -> None:
    logits, sides = np.full((6, 6), -20, np.float32), np.full((4, 6, 6), 10, np.float32)
    logits[row, 2], logits[row, 3] = np.log(0.8 / 0.2), np.log(0.4 / 0.6)
    sides[:, row, 3] = 18, 10, 10, 10  # its left side is where the peak says; its right one 8 pixels further
    scores, boxes = f2a._peaks(logits, sides, 0.5, stride=8)
    middle = (row + 0.5) * 8
    np.testing.assert_allclose(scores, [0.8], rtol=1e-5)
    right = 30 + 8 * 0.4 / (0.8 + 0.4)
    np.testing.assert_allclose(boxes, [[10, middle - 10, right - 10, 20]], atol=1e-3)


def test_small_pictures_are_enlarged_and_boxes_are_in_their_own_pixels() -> None:
    detector, searched = load("f2a"), []
    for drawing in (illustration(seed) for seed in range(900, 920)):
        scale = 160 / max(drawing.pixels.shape[:2])
        small = cv2.resize(
            drawing.pixels[..., :3], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        ).astype(np.uint8)
        boxes = [Box(*(round(value * scale) for value in box)) for box in drawing.boxes]
        searched.append(ImageDetections(detector.find(small), boxes))
    assert evaluate(searched, 0.4).recall > 0.8


def test_a_second_pass_is_for_pictures_with_small_faces_or_none() -> None:
    crowd = np.zeros((1000, 1000, 3), np.uint8)
    large = np.asarray(cv2.resize(astronaut()[40:240, 120:320], (1000, 1000)), np.uint8)
    assert _asked_of(load("f2a", kind="human"), crowd) == [448, 1152]  # photos: always
    assert _asked_of(load("f2a", kind="human", close_side=1), crowd) == [448]
    assert _asked_of(load("f2a"), crowd) == [320]
    assert _asked_of(load("f2a", close_side=1152), crowd) == [352, 1152]
    assert _asked_of(load("f2a", kind="human"), large) == [448]
    assert _asked_of(load("f2a", kind="human"), crowd[:300]) == [448]  # a strip; windows follow


def _asked_of(detector: Detector, pixels: Pixels) -> list[int]:
    """The sides at which a detector looks at an image."""
    asked: list[int] = []

    def view(side: int) -> Decoded:
        asked.append(side)
        return reduced(pixels, side)

    detector.detect([view])
    return asked


def test_a_batch_gives_what_its_images_give_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = load("f2a", close_side=1152)
    sizes = [(400, 300), (400, 300), (300, 400), (64, 64)] * 3  # more than are searched together
    pictures = [
        np.asarray(cv2.resize(illustration(900 + n).pixels[..., :3], s), np.uint8)
        for n, s in enumerate(sizes)
    ]
    alone = [find_faces(picture, detector)[1] for picture in pictures]
    monkeypatch.setitem(f2a.BATCH, "cpu", f2a.BATCH["cuda"])
    together = detector.detect([partial(reduced, picture) for picture in pictures])
    assert [[face.box for face in faces] for faces in together] == [
        [face.box for face in faces] for faces in alone
    ]
    scores = ([face.score for faces in found for face in faces] for found in (together, alone))
    assert next(scores) == pytest.approx(next(scores), abs=1e-3)
    assert detector.detect([]) == []


def test_cuda_is_an_option_that_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(FatalError, match="pip install onnxruntime-gpu"):
        load("f2a:provider=cuda")
    # Where the library has it but the machine does not, onnxruntime quietly uses the CPU.
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CUDAExecutionProvider"])
    with pytest.raises(FatalError, match=r"CUDAExecutionProvider does not work here|not a network"):
        load("f2a:provider=cuda")
    assert repr(F2a(provider="cuda")) == repr(F2a())  # finished work stays valid


def test_small_faces_come_from_the_second_pass_and_large_ones_from_the_first() -> None:
    large, part_of_it = Detection(Box(0, 0, 400, 400), 0.8), Detection(Box(0, 0, 300, 300), 0.9)
    faint, sharp = Detection(Box(500, 500, 90, 90), 0.55), Detection(Box(502, 500, 88, 90), 0.95)
    tiny, noise = Detection(Box(700, 0, 20, 20), 0.7), Detection(Box(900, 900, 30, 30), 0.6)
    assert F2a(close_side=1152)._merged([large, faint, noise], [part_of_it, sharp, tiny], 1000) == [
        sharp,
        large,
        tiny,
    ]


def test_a_crowd_has_more_faces_in_a_second_pass() -> None:
    """Twelve drawings on one sheet: faces of 8 to 45 pixels in the first pass."""
    drawings = [illustration(seed) for seed in range(900, 912)]
    small = [cv2.resize(drawing.pixels[..., :3], (480, 640)) for drawing in drawings]
    sheet = encode_png(np.vstack([np.hstack(small[at : at + 4]) for at in (0, 4, 8)]).astype(np.uint8))
    faces = []
    for number, drawing in enumerate(drawings):
        down, across = 640 / drawing.pixels.shape[0], 480 / drawing.pixels.shape[1]
        left, top = 480 * (number % 4), 640 * (number // 4)
        for x, y, w, h in drawing.boxes:
            edges = (left + x * across, top + y * down, w * across, h * down)
            faces.append(Box(*map(round, edges)))
    found = [find_faces(sheet, load("f2a", close_side=side))[1] for side in (0, 1152)]
    assert len(found[1]) > len(found[0])
    once, twice = (evaluate([ImageDetections(finds, faces)], 0.4) for finds in found)
    assert twice.recall > once.recall + 0.2
    assert twice.precision > 0.9


def test_faces_beside_others_score_higher_than_alone() -> None:
    detector = load("f2a", threshold=0.3, max_side=640)
    small = [
        cv2.resize(illustration(seed).pixels[..., :3], (240, 320)).astype(np.uint8)
        for seed in range(900, 904)
    ]
    alone = [detector.scan(picture, 0.3) for picture in small]
    assert all(
        detector.find(picture) == seen for picture, seen in zip(small, alone, strict=True) if len(seen) == 1
    )
    sheet = np.hstack(small)
    seen = {face.box: face.score for face in detector.scan(sheet, 0.01)}
    found = detector.find(sheet)
    assert sum(score >= 0.5 for score in seen.values()) > 1
    assert {face.box for face in found} >= {box for box, score in seen.items() if score >= 0.3}
    for face in found:
        assert face.score >= 0.3
        odds, before = (score / (1.0001 - score) for score in (face.score, seen[face.box]))
        assert odds > 2 * before or face.score > 0.99  # scores have four digits


def test_the_weights_are_small_and_have_a_card() -> None:
    assert SHIPPED.stat().st_size < 2_000_000
    card = (Path(__file__).parents[2] / "docs" / "detector.md").read_text()
    assert str(load("f2a")).rsplit("-", 1)[1] in card  # the card is of these weights


def test_any_image_shape_will_do() -> None:
    detector = load("f2a")
    for shape in ((1, 1, 3), (31, 320, 3), (320, 33, 3)):
        assert find_faces(np.zeros(shape, np.uint8), detector)[1] == []


def test_wrong_options_are_explained(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="expected one of anime, human"):
        load("f2a", kind="cat")
    with pytest.raises(FatalError, match="No such file"):
        load("f2a", weights=str(tmp_path / "none.onnx"))
    (tmp_path / "junk.onnx").write_bytes(b"junk")
    with pytest.raises(FatalError, match="not a network that onnxruntime can read"):
        load("f2a", weights=str(tmp_path / "junk.onnx"))
