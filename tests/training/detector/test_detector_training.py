"""Training the detector: what scenes hold, what the network is trained on, and that the whole recipe runs."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import astronaut

from f2a_demo.drawing import draw, draw_faceless
from f2a_detector import calibrate, scenes, train
from f2a_detector.export import export
from f2a_detector.geometry import similarity, warp
from f2a_detector.labels import PseudoLabelLimits, hard_negatives, label
from f2a_detector.losses import loss, targets
from f2a_detector.network import FaceNet
from f2a_detector.recipe import Recipe, train_detector
from f2a_detector.scenes import scene
from f2a_detector.train import DetectorTraining
from f2a_detector.training_data import (
    ANIME,
    PAINTED,
    Label,
    LabelledImage,
    TrainingData,
    face_bank,
    painted,
)
from f2a_faces.crop import crop_face, rule
from f2a_faces.detectors import Detection, find_faces, load
from f2a_faces.detectors.f2a import STRIDE, F2a
from f2a_faces.images import Pixels, encode_png
from f2a_manifests import Box
from f2a_train.engine.precision import has_bf16

SIDE = 256


@pytest.fixture(scope="module")
def material() -> TrainingData:
    """Drawings; two flat faces to paste, red and blue."""
    red, blue = (np.full((64, 64, 3), colour, np.uint8) for colour in ((250, 0, 0), (0, 0, 250)))
    box = Box(12, 12, 40, 40)
    drawn = [draw(seed) for seed in range(3)]
    drawings = [LabelledImage(d.pixels[..., :3], tuple(Label(box, ANIME) for box in d.boxes)) for d in drawn]
    empty = [LabelledImage(draw_faceless(seed).pixels[..., :3]) for seed in range(3)]
    return TrainingData(
        drawings,
        drawings,
        empty,
        [LabelledImage(red, (Label(box, 0),))],
        [LabelledImage(blue, (Label(box, 1),))],
    )


def test_scenes_hold_faces_of_every_size_and_both_kinds(material: TrainingData) -> None:
    rng = np.random.default_rng(0)
    labels = [face for _ in range(150) for face in scene(material, SIDE, rng).labels]
    sizes = sorted(max(face.box.w, face.box.h) for face in labels)
    assert {face.kind for face in labels} >= {0, 1}
    assert sizes[0] < 16
    assert sizes[-1] > 128


def test_every_box_of_a_scene_shows_in_it(material: TrainingData) -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        made = scene(material, SIDE, rng)
        assert made.pixels.shape == (SIDE, SIDE, 3)
        assert made.pixels.dtype == np.uint8
        for x, y, w, h in (face.box for face in made.labels):
            assert 0 <= x < x + w <= SIDE
            assert 0 <= y < y + h <= SIDE


def test_a_pasted_face_is_where_its_box_is(material: TrainingData) -> None:
    """On scenes without degradation of colour the red face's middle is red."""
    rng, hits, seen = np.random.default_rng(2), 0, 0
    for _ in range(200):
        made = scene(TrainingData([], [], material.faceless, material.anime, material.anime), SIDE, rng)
        for x, y, w, h in (face.box for face in made.labels[-1:]):
            middle = made.pixels[min(max(y + h // 2, 0), SIDE - 1), min(max(x + w // 2, 0), SIDE - 1)].astype(
                int
            )
            seen += 1
            hits += bool(middle[0] > middle[1] + 60 and middle[0] > middle[2] + 60)
    assert hits > 0.7 * seen > 50  # the others are grey or line art


def test_a_mosaic_keeps_each_face_in_its_quarter() -> None:
    quarters = [
        LabelledImage(
            np.full((128, 128, 3), 50 * number, np.uint8), (Label(Box(10 + number, 20, 30, 40), number % 2),)
        )
        for number in range(4)
    ]
    mosaic = scenes._mosaic(quarters)
    assert mosaic.pixels.shape == (256, 256, 3)
    for number, face in enumerate(mosaic.labels):
        x, y, w, h = face.box
        assert (mosaic.pixels[y : y + h, x : x + w] == 50 * number).all()
        assert (x % 128, y % 128, w, h, face.kind) == (10 + number, 20, 30, 40, number % 2)


def test_a_drawn_face_may_become_another_at_the_same_place(material: TrainingData) -> None:
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    before = LabelledImage(white, (Label(Box(100, 100, 60, 60), 0), Label(Box(0, 20, 50, 50), 0)))
    rng, red = np.random.default_rng(0), 0
    for _ in range(100):
        after = scenes._swapped(before, material.anime, 0.0, rng)
        assert len(after.labels) == 2  # the one at the border is left alone
        changed = after.pixels[130, 130, 1] < 100
        red += changed
        assert (after.pixels[45, 25] == 255).all()
        if changed:
            x, y, w, h = after.labels[-1].box
            assert abs(x + w / 2 - 130) <= 2
            assert abs(y + h / 2 - 130) <= 2
            assert 54 <= w <= 76
    assert 20 < red < 60


def test_photos_become_comics_with_drawn_faces(material: TrainingData) -> None:
    photo = LabelledImage(astronaut()[:200, 124:324], (Label(Box(50, 75, 95, 110), 1),))
    (comic,) = painted([photo])
    assert comic.labels == (Label(Box(50, 75, 95, 110), PAINTED),)
    assert np.abs(comic.pixels.astype(int) - photo.pixels).mean() > 10
    assert len(painted(material.human)) == 1


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("scale", [0.3, 1.0, 2.5])
def test_pixels_and_boxes_move_alike(scale: float, *, mirror: bool) -> None:
    """The edges of a white square, to a fraction of a pixel, are where its box says that they are."""
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[60:120, 80:140] = 255
    matrix = similarity(np.array((110.0, 90.0)), scale, 0.0, SIDE, mirror=mirror)
    warped = warp(pixels, matrix, scale, over=np.zeros((SIDE, SIDE, 3), np.uint8))[..., 0] / 255.0
    inside = warped[128].nonzero()[0]
    middle = (warped[128] * (np.arange(SIDE) + 0.5)).sum() / warped[128].sum()
    assert len(inside) >= 60 * scale - 1
    assert middle == pytest.approx(128, abs=0.15)
    assert warped[128].sum() == pytest.approx(60 * scale, abs=1.1)


def test_the_same_seed_composes_the_same_scene(material: TrainingData) -> None:
    one, other = (scene(material, SIDE, np.random.default_rng(7)) for _ in range(2))
    assert one.labels == other.labels
    assert (one.pixels == other.pixels).all()


faces = st.builds(
    Label,
    st.builds(Box, st.integers(0, 200), st.integers(0, 200), st.integers(9, 150), st.integers(9, 150)),
    st.sampled_from([0, 1]),
)


@settings(max_examples=40)
@given(face=faces)
def test_the_target_of_a_face_gives_its_box_back(face: Label) -> None:
    x, y, w, h = face.box
    if not (0 <= x + w / 2 < SIDE and 0 <= y + h / 2 < SIDE):
        return
    maps = targets([face], SIDE)
    row, column = np.unravel_index(maps[face.kind].argmax(), maps[face.kind].shape)
    assert maps[face.kind].max() == 1
    assert maps[1 - face.kind].max() == 0
    left, top, right, bottom = maps[2:6, row, column]
    middle = np.array((column + 0.5, row + 0.5)) * STRIDE
    assert (middle - (left, top)).tolist() == pytest.approx([x, y])
    assert [left + right, top + bottom] == pytest.approx([w, h])
    assert maps[6, row, column] == 1


def test_nothing_is_learned_on_a_doubt() -> None:
    maps = targets([Label(Box(100, 100, 40, 40), -1)], SIDE)
    assert maps[7, 30, 30] == 1
    assert maps[:7].max() == 0
    wrong = torch.full((1, 6, 64, 64), -9.0)
    wrong[:, 0, 30, 30] = 9.0  # sure of a face where there is a ignored
    with_ignored, plain = (
        torch.from_numpy(targets(labels, SIDE))[None] for labels in ([Label(Box(100, 100, 40, 40), -1)], [])
    )
    assert loss(wrong, with_ignored)[0] < loss(wrong, plain)[0] / 10


@pytest.mark.parametrize("human", [-9.0, 0.0, 9.0])
def test_a_painted_face_is_a_drawn_one_and_may_be_taken_for_a_human_one(human: float) -> None:
    box = Box(100, 100, 40, 40)
    drawn_one, painted_one = (targets([Label(box, kind)], SIDE) for kind in (0, PAINTED))
    assert (drawn_one[0] == painted_one[0]).all()
    assert (drawn_one[2:] == painted_one[2:]).all()
    wanted = torch.from_numpy(painted_one)[None]
    right = torch.cat([torch.where(wanted[:, :2] > 0.99, 9.0, -9.0), wanted[:, 2:6].clamp(min=1)], 1)
    right[:, 1, 30, 30] = human
    assert loss(right, wanted)[0] < 0.1
    right[:, 1, 50, 50] = 9.0  # elsewhere it is still wrong
    assert loss(right, wanted)[0] > 1


def test_the_loss_prefers_the_truth() -> None:
    wanted = torch.from_numpy(targets([Label(Box(60, 80, 50, 60), 0)], SIDE))[None]
    right = torch.cat([torch.where(wanted[:, :2] > 0.99, 9.0, -9.0), wanted[:, 2:6].clamp(min=1)], 1)
    centres, boxes = loss(right, wanted)
    assert centres < 0.1
    assert boxes < 0.05
    shifted = torch.cat([right[:, :2], right[:, 2:] * 1.5], 1)
    assert loss(shifted, wanted)[1] > 0.3
    assert loss(right.roll(5, 2), wanted)[0] > 1


def test_labels_need_agreement_and_old_ones_become_doubts() -> None:
    picture = LabelledImage(np.zeros((400, 400, 3), np.uint8), (Label(Box(300, 300, 50, 50), 0),))
    a, b, c = Box(10, 10, 50, 50), Box(12, 11, 50, 50), Box(200, 200, 40, 40)
    passes = [[Detection(a, 0.6), Detection(c, 0.4)], [Detection(b, 0.55)]]
    got = label(picture, passes, PseudoLabelLimits(alone=0.9, agreed=0.5, passes=2, ignored=0.3))
    assert got.labels == (
        Label(Box(11, 10, 50, 50), 0),
        Label(c, -1),
        Label(Box(300, 300, 50, 50), -1),
    )


def test_a_blind_detector_leaves_the_usual_box() -> None:
    faces = [
        crop_face(draw(seed).pixels[..., :3], draw(seed).boxes[0], rule("default", 128)) for seed in (1, 4)
    ]
    blank = np.full((128, 128, 3), 200, np.uint8)
    bank = face_bank([*faces, blank], load("f2a"), 0)
    assert len(bank) == 3
    x, _, w, _ = bank[2].labels[0].box
    assert 40 < w < 110
    assert 30 < x + w / 2 < 98


def test_the_exported_network_says_the_same_in_onnxruntime(tmp_path: Path) -> None:
    network = FaceNet().eval()
    export(network, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    for height, width in ((256, 256), (320, 224), (32, 320), (32, 32)):
        image = torch.rand(1, 3, height, width) * 255
        maps = session.run(["maps"], {"image": image.numpy()})[0]
        with torch.no_grad():
            plain = network(image).numpy()
        assert np.abs(maps[:, :6] - plain).max() < 1e-3
        assert np.abs(maps[:, 6:] - plain[:, 2:]).max() < 1e-3  # the boxes of the second kind


def test_the_calibration_is_part_of_the_exported_network(tmp_path: Path) -> None:
    network = FaceNet().eval()
    image = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        plain = network(image)
    network.calibration[1] = torch.tensor([2.0, 0.5, -1.0])  # slope, tilt, offset
    network.box_scale[1] = torch.tensor([0.9, 1.0, 1.1, 1.2])
    export(network, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    maps = session.run(["maps"], {"image": image.numpy()})[0]
    left, top, right, bottom = plain[0, 2:]
    size = torch.log2(((left + right) * (top + bottom)).sqrt() / 32)
    assert np.abs(maps[0, 0] - plain[0, 0].numpy()).max() < 1e-3
    assert np.abs(maps[0, 1] - (2 * plain[0, 1] + 0.5 * size - 1).numpy()).max() < 1e-3
    assert np.abs(maps[0, 2:6] - plain[0, 2:].numpy()).max() < 1e-3
    assert (
        np.abs(maps[0, 6:] - plain[0, 2:].numpy() * network.box_scale[1].view(4, 1, 1).numpy()).max() < 1e-3
    )


def test_boxes_are_fitted_to_the_faces_that_they_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The detector's boxes end a tenth of the face above it and below the chin; some are false."""
    faces = [Box(50 + number, 60, 40, 50) for number in range(20)]
    pictures = [LabelledImage(np.zeros((200, 200, 3), np.uint8), (Label(face, 0),)) for face in faces]
    network = FaceNet().eval()

    def detections(_: Pixels, detector: F2a, side: int) -> list[Detection]:
        if detector.kind == "human":
            return []
        found = [Detection(Box(x, y - 5, w, h + 10), 0.9) for x, y, w, h in [next(asked)]]
        return found if side % 5 else [*found, Detection(Box(150, 150, 20, 20), 0.3)]

    asked = (face for face in faces for _ in calibrate.SIDES["anime"])
    monkeypatch.setattr(calibrate, "one_pass", detections)
    monkeypatch.setitem(calibrate.SIDES, "anime", (321, 384, 703, 1150))
    calibrate.calibrate(network, tmp_path / "net.onnx", {"anime": pictures, "human": []})
    assert network.box_scale[0].tolist() == pytest.approx([1, 25 / 30, 1, 25 / 30])
    assert network.box_scale[1].tolist() == [1, 1, 1, 1]
    assert network.calibration[0, 0] > 0


def test_the_regression_finds_the_numbers_that_made_the_marks() -> None:
    rng = np.random.default_rng(0)
    variables = np.stack([rng.normal(0, 2, 20_000), rng.normal(0, 1, 20_000)], 1)
    chance = 1 / (1 + np.exp(-(1.5 * variables[:, 0] + 0.7 * variables[:, 1] - 0.4)))
    numbers = calibrate._regress(variables, (rng.random(20_000) < chance).astype(float))
    assert numbers.tolist() == pytest.approx([1.5, 0.7, -0.4], abs=0.08)


def test_hard_negatives_are_false_detections() -> None:
    @dataclass(frozen=True)
    class Fixed:
        max_side: int = 0
        threshold: float = 0.4

        def scan(self, _: np.ndarray, __: float) -> list[Detection]:
            return [Detection(Box(10, 10, 50, 50), 0.9), Detection(Box(200, 200, 40, 40), 0.4)]

    picture = LabelledImage(np.zeros((400, 400, 3), np.uint8), (Label(Box(12, 10, 50, 50), 0),))
    assert hard_negatives(picture, Fixed(), (400,)) == (Box(200, 200, 40, 40),)


@pytest.fixture
def a_second_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that gives each step one second, however fast the machine is."""
    seconds = itertools.count()
    monkeypatch.setattr(train, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))


@pytest.mark.usefixtures("a_second_a_step")
def test_a_short_training_learns(material: TrainingData) -> None:
    torch.set_num_threads(1)
    training = DetectorTraining(minutes=40 / 60, seed=0)
    training.train(material)
    assert training.steps == 40
    network = training.trained
    rng = np.random.default_rng(3)
    made = [scene(material, SIDE, rng) for _ in range(8)]
    pixels = torch.from_numpy(np.stack([m.pixels for m in made])).permute(0, 3, 1, 2).float()
    wanted = torch.from_numpy(np.stack([targets(m.labels, SIDE) for m in made]))
    with torch.no_grad():
        # In training mode: a few seconds do not settle the running means of the normalisation.
        trained, fresh = (loss(net.train()(pixels), wanted) for net in (network, FaceNet()))
    assert sum(trained) < 0.93 * sum(fresh)


@pytest.mark.usefixtures("a_second_a_step")
@pytest.mark.parametrize("bf16", [True, False])
def test_a_killed_training_goes_on_where_it_was_saved(
    material: TrainingData, tmp_path: Path, *, bf16: bool
) -> None:
    bf16 = bf16 and has_bf16(torch.device("cpu"))  # without it in the processor a step takes a minute
    torch.set_num_threads(1)
    first = DetectorTraining(minutes=5 / 60, seed=0, keep=tmp_path / "state", bf16=bf16)
    computed: set[torch.dtype] = set()
    first.network.register_forward_hook(lambda *call: computed.add(call[-1].dtype))
    first.train(material, until=0.4)
    assert computed == {torch.bfloat16 if bf16 else torch.float32}
    second = DetectorTraining(
        minutes=5 / 60, seed=0, keep=tmp_path / "state", bf16=not bf16
    )  # on another machine
    assert (second.steps, second.seconds, second.bf16) == (2, first.seconds, first.bf16)
    assert second.share >= 0.4
    for one, other in zip(first.trained.parameters(), second.trained.parameters(), strict=True):
        assert torch.equal(one, other)
    second.train(material)
    assert second.steps == 5
    assert second.share >= 1
    assert not all(map(torch.equal, first.trained.parameters(), second.trained.parameters()))


@pytest.mark.parametrize("begun", [True, False])
def test_a_training_keeps_its_precision_on_another_machine(
    material: TrainingData, tmp_path: Path, *, begun: bool
) -> None:
    """It takes no step, as one in bf16 would take minutes on a processor without."""
    DetectorTraining(minutes=1, seed=0, keep=tmp_path / "state", bf16=begun).train(material, until=0)
    assert DetectorTraining(minutes=1, seed=0, keep=tmp_path / "state", bf16=not begun).bf16 is begun
    assert DetectorTraining(minutes=1, seed=0, keep=tmp_path / "new", bf16=not begun).bf16 is not begun


@pytest.mark.usefixtures("a_second_a_step")
@pytest.mark.timeout(300)
def test_the_whole_recipe_gives_a_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("faces", "people", "pictures", "faceless"):
        (tmp_path / folder).mkdir()
    for seed in range(3):
        drawing = draw(seed)
        face = crop_face(drawing.pixels[..., :3], drawing.boxes[0], rule("default", 64))
        (tmp_path / "faces" / f"{seed}.png").write_bytes(encode_png(face))
        (tmp_path / "people" / f"{seed}.png").write_bytes(encode_png(face))
        (tmp_path / "faceless" / f"{seed}.png").write_bytes(encode_png(draw_faceless(seed).pixels))
        (tmp_path / "pictures" / f"{seed}.png").write_bytes(encode_png(drawing.pixels[..., :3]))
    names = ("faces", "people", "pictures", "faceless")
    faces, people, pictures, faceless = (tmp_path / name for name in names)
    (tmp_path / "boxes.csv").write_text(
        "image,x,y,w,h,split\n"
        + "".join(
            f"{seed}.png,{','.join(map(str, draw(seed).boxes[0]))},{'calibration' if seed else 'train'}\n"
            for seed in range(3)
        )
    )
    torch.set_num_threads(1)
    monkeypatch.setattr("f2a_detector.recipe.CROWDS", 3)
    boxed = ((pictures, tmp_path / "boxes.csv"),)
    # Without transparency a figure is a rectangle.
    more = {"illustrations": (pictures,), "drawings": boxed, "figures": boxed}
    recipe = Recipe((faces,), (people,), (faceless,), boxed, **more, minutes=3 / 60)
    train_detector(recipe, tmp_path / "own.onnx")
    assert not list(tmp_path.glob("*.state"))
    detector = load("f2a", weights=str(tmp_path / "own.onnx"), threshold=0.01)
    assert isinstance(find_faces(draw(1).pixels[..., :3], detector)[1], list)
    assert (tmp_path / "own.onnx").stat().st_size < 2_000_000
