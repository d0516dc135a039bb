"""The detectors as the pipeline meets them: by name, on real faces."""

import pickle
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from f2a_faces.detectors import find_faces, load, names
from f2a_faces.detectors.self_check import plain_face
from f2a_faces.images import encode_png
from f2a_manifests import Box, FatalError

HAAR = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"
ASTRONAUT_FACE = Box(170, 70, 110, 120)  # boxed by eye


def test_the_built_in_detectors_are_installed() -> None:
    assert {"animeface", "cascade", "f2a", "haar", "mtcnn"} <= set(names())


@pytest.mark.parametrize(("name", "options"), [("haar", {}), ("cascade", {"cascade": HAAR})])
def test_a_portrait_has_one_face_where_it_is(name: str, options: dict[str, Path]) -> None:
    detector = load(name, **options)
    _, faces = find_faces(encode_png(astronaut()), detector)
    assert faces[0].box.overlap(ASTRONAUT_FACE) > 0.5


def test_boxes_are_in_pixels_of_the_full_image() -> None:
    large = np.asarray(Image.fromarray(astronaut()).resize((2048, 2048)))
    decoded, faces = find_faces(encode_png(large), load("haar"))
    assert decoded.pixels.shape[0] == 640
    expected = Box(*(4 * value for value in ASTRONAUT_FACE))
    assert faces[0].box.overlap(expected) > 0.5


@pytest.mark.animeface
def test_animeface_finds_a_drawn_face_with_its_eyes() -> None:
    face = find_faces(plain_face(), load("animeface"))[1][0]
    assert face.box.overlap(Box(65, 100, 128, 115)) > 0.5
    points = {name: (x, y) for name, x, y in face.landmarks}
    assert points["right_eye"][0] < points["left_eye"][0]  # named from the face's own side
    assert abs(points["left_eye"][0] - 158) < 15
    assert abs(points["left_eye"][1] - 145) < 20


def test_nothing_is_found_in_noise() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    assert find_faces(noise, load("f2a"))[1] == []


@pytest.mark.parametrize("name", [pytest.param("animeface", marks=pytest.mark.animeface), "f2a", "haar"])
def test_detectors_survive_pickling_and_name_their_version(name: str) -> None:
    detector = load(name)
    assert pickle.loads(pickle.dumps(detector)) == detector  # noqa: S301 -- our own object
    assert str(detector).startswith(name + "-")


def test_a_missing_animeface_says_how_to_get_it() -> None:
    script = (
        "import importlib.util; importlib.util.find_spec = lambda name: None\n"
        "from f2a_faces.detectors import load\n"
        "load('animeface')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "pip install 'face2anime-toolkit[animeface]'" in done.stderr


@pytest.mark.animeface
def test_a_blind_animeface_is_noticed_at_the_start() -> None:
    """With Pillow 12 the package finds nothing, silently; here its module is replaced by such a one."""
    script = (
        "import sys, types\n"
        "blind = types.ModuleType('animeface'); blind.detect = lambda image: []; blind.__spec__ = object()\n"
        "sys.modules['animeface'] = blind\n"
        "from f2a_faces.detectors import load\n"
        "load('animeface')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "install 'pillow<12'" in done.stderr


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("yolo", {}, "no detector named 'yolo'; installed: animeface"),
        ("cascade", {}, "needs a file"),
        ("cascade", {"cascade": "/nowhere.xml"}, "there is no cascade file"),
        ("haar", {"depth": 3}, "depth"),
    ],
)
def test_wrong_options_are_explained(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(FatalError, match=message):
        load(name, **options)


def test_a_file_that_is_no_cascade_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text("<opencv_storage><broken/></opencv_storage>")
    with pytest.raises(FatalError, match="is not an OpenCV cascade"):
        load("cascade", cascade=str(path))


def test_mtcnn_finds_the_portrait_where_it_is_installed() -> None:
    pytest.importorskip(
        "facenet_pytorch", reason="facenet-pytorch is not installed here", exc_type=ImportError
    )
    _, faces = find_faces(encode_png(astronaut()), load("mtcnn"))
    assert faces[0].box.overlap(ASTRONAUT_FACE) > 0.4


def test_mtcnn_without_its_package_says_how_to_get_it() -> None:
    try:
        import facenet_pytorch  # noqa: F401, PLC0415
    except ImportError:
        with pytest.raises(FatalError, match="pip install --no-deps facenet-pytorch"):
            load("mtcnn")
