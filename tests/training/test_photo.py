"""Faces in photos: found, framed and cut as the training's faces were."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from f2a_data.stages.crop import Crop
from f2a_faces.crop import rule
from f2a_faces.detectors import Detector, find_faces
from f2a_faces.detectors.self_check import plain_face
from f2a_faces.images import Pixels, decode, encode_png
from f2a_manifests import Domain, Record, Unit, Workspace
from f2a_train.photo import finders, look

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
        face = image.face(found.box, str(detector), found.score, "")
        Crop(rule("default", 64))(workspace, Unit(image, [face]))
        return decode(workspace.file(face)).pixels

    return cut


@pytest.mark.parametrize(("pixels", "domain"), [(plain_face(), Domain.ANIME), (ASTRONAUT, Domain.HUMAN)])
def test_a_face_is_cut_as_the_crop_stage_cuts_it(pixels: Pixels, domain: Domain, crop_stage: Cut) -> None:
    png, tried = encode_png(pixels), finders(domain.value)
    [face, *_] = look(png, rule("default", 64), tried).faces
    assert face.crop is not None
    assert np.array_equal(face.crop, crop_stage(png, tried[0], domain))
