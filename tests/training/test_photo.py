"""Faces in photos: found, framed and cut as the training's faces were."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from f2a_data.stages.crop import Crop
from f2a_faces.crop import rule
from f2a_faces.detectors import Detection, Detector, SingleScale, find_faces
from f2a_faces.detectors.mirrored import Mirrored
from f2a_faces.detectors.self_check import plain_face
from f2a_faces.images import Pixels, decode, encode_png
from f2a_manifests import Box, BoxFrom, Domain, Reason, Record, Unit, Workspace
from f2a_translate.photo import detect_and_crop, photo_detectors

ASTRONAUT = skimage.data.astronaut()
Cut = Callable[[bytes, Detector, Domain], Pixels]


@pytest.fixture
def crop_stage(tmp_path: Path) -> Cut:
    """The crop that the data set's own stage makes of an image's surest face."""
    workspace = Workspace(tmp_path)

    def cut(png: bytes, detector: Detector, domain: Domain) -> Pixels:
        workspace.create()
        (workspace.root / "images" / "i.png").write_bytes(png)
        [found, *_] = find_faces(png, detector)[1]
        image = Record(id="i", domain=domain, source="s", path="images/i.png", width=512, height=512)
        face = image.face(found.box, BoxFrom.DETECTED, str(detector), found.score)
        Crop()(workspace, Unit(image, [face]))
        return decode(workspace.file(face)).pixels

    return cut


@pytest.mark.parametrize(("pixels", "domain"), [(plain_face(), Domain.ANIME), (ASTRONAUT, Domain.HUMAN)])
def test_a_face_is_cut_as_the_crop_stage_cuts_it(pixels: Pixels, domain: Domain, crop_stage: Cut) -> None:
    png, tried = encode_png(pixels), photo_detectors(domain.value)
    [face, *_] = detect_and_crop(png, rule("default", 64), tried).faces
    assert face.crop is not None
    assert np.array_equal(face.crop, crop_stage(png, tried[0], domain))


def test_a_small_face_is_cut_though_training_would_refuse_it() -> None:
    small = np.asarray(Image.fromarray(ASTRONAUT).resize((180, 180)))
    training = rule("default", 128)
    [face] = detect_and_crop(encode_png(small), training, photo_detectors("human")).faces
    assert 128 / 4 < face.square.side < 128 / training.max_upscale
    assert face.crop is not None
    assert face.crop.shape == (128, 128, 3)


def test_a_face_that_would_be_enlarged_more_than_four_times_is_refused() -> None:
    small = np.asarray(Image.fromarray(ASTRONAUT).resize((180, 180)))
    [face] = detect_and_crop(encode_png(small), rule("default", 512), photo_detectors("human")).faces
    assert face.crop is None
    assert face.problem
    assert face.problem.reason is Reason.TOO_SMALL


@dataclass(frozen=True)
class Blind(SingleScale):
    """Finds a square in the left half of an image if that is white, and remembers nothing."""

    max_side: int = 100

    def prepare(self) -> None:
        pass

    def find(self, pixels: Pixels) -> list[Detection]:
        return [Detection(Box(10, 20, 30, 40), 0.9)] if pixels[:, :50].mean() > 250 else []

    def __str__(self) -> str:
        return "blind"


def test_a_face_that_is_seen_only_in_the_mirror_is_found_where_it_is() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, 50:] = 255
    png = encode_png(image)
    assert detect_and_crop(png, rule("default", 64), [Blind()]).faces == []
    [face] = detect_and_crop(png, rule("default", 64), [Blind(), Mirrored(Blind())]).faces
    assert face.box == Box(60, 20, 30, 40)


def test_the_mirror_is_the_last_look() -> None:
    tried = photo_detectors("human")
    assert [isinstance(one, Mirrored) for one in tried] == [False] * 3 + [True] * 3
    assert len({str(one) for one in tried}) == 1
