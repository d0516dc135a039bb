"""Boxes of detectors, and the faces in them: crops show the same whoever found the face."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f2a_data.stages.crop import Crop
from f2a_demo.drawing import draw
from f2a_faces.crop import rule
from f2a_faces.detectors import Detector, find_faces, load
from f2a_faces.detectors.boxed_set import read_boxed
from f2a_faces.detectors.scoring import iou
from f2a_faces.framing import FRAMES, face_in
from f2a_faces.images import decode, encode_png
from f2a_manifests import Box, Domain, Record, Unit, Workspace

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


def test_the_frame_is_that_much_larger_than_the_face() -> None:
    drawings = [draw(seed) for seed in range(900, 925)]
    pictures = [(encode_png(drawing.pixels[..., :3]), drawing.boxes) for drawing in drawings]
    face = sizes(pictures, load("f2a", frame=1))
    assert face == pytest.approx(1, abs=0.12)
    assert sizes(pictures, load("f2a")) == pytest.approx(1.2 * face, rel=0.03)
    assert sizes(pictures, load("f2a", frame=1.5)) == pytest.approx(1.5 * face, rel=0.03)


@pytest.mark.skipif(not SHARED.exists(), reason="REAL IMAGES MISSING: ../shared/data is not there")
def test_f2a_frames_drawn_faces_as_animeface_does() -> None:
    sets = [
        read_boxed(SHARED / name, ROOT / "benchmarks" / "boxes" / f"{name}.csv") for name in ("agh", "cc")
    ]
    pictures = [(image.file, image.faces) for boxed in sets for image in boxed.images if image.faces]
    assert sizes(pictures, load("animeface")) == pytest.approx(FRAMES["animeface"], abs=0.06)
    assert sizes(pictures, load("f2a")) == pytest.approx(FRAMES["f2a-anime"], abs=0.06)


@given(box=boxes, detector=st.sampled_from(["f2a-anime-640e0d6d", "animeface-2.0.3"]))
def test_the_face_is_in_the_middle_of_the_box(box: Box, detector: str) -> None:
    x, y, w, h = face_in(box, detector)
    assert abs(x + w / 2 - box.x - box.w / 2) < 0.76
    assert abs(y + h / 2 - box.y - box.h / 2) <= 0.5
    assert abs(w * 1.2 - box.w) < 0.61
    assert abs(h * 1.2 - box.h) < 0.61


@given(
    box=boxes, detector=st.sampled_from(["f2a-human-640e0d6d", "haar-4.14.0", "source:celeba", "my-own", ""])
)
def test_other_boxes_are_the_face(box: Box, detector: str) -> None:
    assert face_in(box, detector) == box
    assert not detector.startswith(tuple(FRAMES))


def test_crops_show_the_same_of_a_face_whoever_found_it(workspace: Workspace) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    (workspace.root / "images" / "i.png").write_bytes(encode_png(pixels))
    image = Record(id="i", domain=Domain.ANIME, source="s", path="images/i.png", width=400, height=400)
    wide, tight = Box(140, 140, 120, 120), Box(150, 150, 100, 100)
    found_by = {"f2a-anime-640e0d6d": wide, "animeface-2.0.3": wide, "source:own": tight}
    faces = [image.face(box, detector, 1.0, "") for detector, box in found_by.items()]
    cut = Crop(rule("default", 64))(workspace, Unit(image, faces)).faces
    assert len({face.sha256 for face in cut if face.kept}) == 1
    assert decode(workspace.file(cut[0])).pixels.shape == (64, 64, 3)
