"""What detectors call a face: from brows to chin, whoever found it; crops show the same of it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn_faces import illustration
from f2a_data.stages.crop import Crop
from f2a_faces.crop import rule, square
from f2a_faces.detectors import Detector, find_faces, load
from f2a_faces.detectors.boxed_set import read_boxed
from f2a_faces.detectors.scoring import iou
from f2a_faces.images import decode, encode_png
from f2a_manifests import Box, BoxFrom, Domain, Record, Square, Unit, Workspace

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "illustrations"
boxes = st.builds(Box, *[st.integers(0, 3000)] * 2, *[st.integers(1, 1500)] * 2)


def sizes(pictures: Iterable[tuple[Path | bytes, Sequence[Box]]], detector: Detector) -> float:
    """The median of the longer sides of what is found, in those of the faces as they are boxed."""
    ratios = []
    for picture, faces in pictures:
        for find in find_faces(picture, detector)[1]:
            overlaps = iou([find.box], faces)[0]
            if overlaps.max(initial=0.0) > 0.3:
                face = faces[int(overlaps.argmax())]
                ratios.append(max(find.box.w, find.box.h) / max(face.w, face.h))
    assert len(ratios) >= 25
    return float(np.median(ratios))


def test_f2a_boxes_a_drawn_face_from_brows_to_chin() -> None:
    drawings = [illustration(seed) for seed in range(900, 925)]
    pictures = [(encode_png(drawing.pixels[..., :3]), drawing.boxes) for drawing in drawings]
    assert sizes(pictures, load("f2a")) == pytest.approx(1, abs=0.12)


@pytest.mark.skipif(not SHARED.exists(), reason="REAL IMAGES MISSING: ../shared/data is not there")
@pytest.mark.animeface
def test_f2a_and_animeface_mean_the_same_by_a_drawn_face() -> None:
    sets = [
        read_boxed(SHARED / name, ROOT / "benchmarks" / "boxes" / f"{name}.csv") for name in ("agh", "cc")
    ]
    pictures = [(image.file, image.faces) for boxed in sets for image in boxed.images if image.faces]
    assert sizes(pictures, load("animeface")) == pytest.approx(1, abs=0.06)
    assert sizes(pictures, load("f2a")) == pytest.approx(1, abs=0.06)


@given(box=boxes, factor=st.sampled_from([1 / 1.2, 1.2, 2.0]))
def test_a_scaled_box_has_the_same_middle(box: Box, factor: float) -> None:
    x, y, w, h = box.scaled(factor)
    assert abs(x + w / 2 - box.x - box.w / 2) < 0.76
    assert abs(y + h / 2 - box.y - box.h / 2) < 0.76
    assert abs(w - box.w * factor) <= 0.5
    assert abs(h - box.h * factor) <= 0.5


@pytest.mark.parametrize("detector", ["f2a-anime-640e0d6d", "animeface-2.0.3", "haar-4.14.0", "my-own", ""])
def test_a_box_is_cut_as_it_is_whatever_the_detector_is_called(workspace: Workspace, detector: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    (workspace.root / "images" / "i.png").write_bytes(encode_png(pixels))
    image = Record(id="i", domain=Domain.ANIME, source="s", path="images/i.png", width=400, height=400)
    box, how = Box(150, 150, 100, 100), rule("default", 64)
    faces = [image.face(box, BoxFrom.DETECTED, detector, 1.0), image.face(box, BoxFrom.GIVEN)]
    cut = Crop()(workspace, Unit(image, faces)).faces
    assert cut[0].sha256 == cut[1].sha256
    assert cut[0].square == square(box, 400, 400, how) == Square(120.0, 100.0, 160.0)
    assert decode(workspace.file(cut[0])).pixels.shape == (64, 64, 3)
