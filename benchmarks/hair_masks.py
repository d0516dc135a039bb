"""Mask the hair of photos with MediaPipe, for `fit_hair.py`.

    python -m venv /tmp/mediapipe && /tmp/mediapipe/bin/pip install mediapipe==0.10.14
    /tmp/mediapipe/bin/python benchmarks/hair_masks.py --human w/manifests/human.csv --out masks.npz

Hair is what belongs to a person (selfie segmentation) above the mouth, is outside the face's oval (face mesh)
and has another colour than the face, and the eyebrows: on a shaven head, they show what colour the hair would
be. A script of its own, because MediaPipe needs other versions of packages than the toolkit.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.python.solutions.face_mesh_connections import FACEMESH_FACE_OVAL

Array = np.ndarray[Any, Any]

SIDE, STORED = 128, 64
"""Pixels of the photos' sides, as masked and as written."""
ENLARGED, BORDER = 256, 64
"""Size of a photo in which MediaPipe looks, and the border around it when it looks for the face."""
BROWS = (
    (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
)
"""Points of the mesh around the eyebrows."""
SKIN = (50, 280, 101, 330, 9, 151)
"""On cheeks and forehead."""
EARS, MOUTH = (234, 454), 13
PERSON, NEAR = 0.7, 0.85
"""Least likelihood of a person, and how far hair may be from the middle of the face, in its widths."""
LIT = (0.6, 1.5)
"""Shadow and light on skin, as factors of its colour."""
ALIKE = 0.006
"""Squared distance in colour from skin at which a pixel's likelihood is a quarter."""
FEWEST = 60
"""Pixels; photos with less hair are left out."""


def main() -> None:
    """Mask the kept faces of a manifest."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--human", type=Path, required=True, help=f"Manifest of faces of {SIDE} pixels.")
    parser.add_argument("--out", type=Path, required=True)
    how = parser.parse_args()
    photos, masks, train = zip(*_masked(how.human), strict=True)
    np.savez_compressed(how.out, photos=np.stack(photos), masks=np.stack(masks), train=np.array(train))
    print(f"{how.out}: {len(photos)} photos")


def _masked(manifest: Path) -> Iterator[tuple[Array, Array, bool]]:
    """Photo, uint8 (`STORED`, `STORED`, 3), mask, likewise without channels, and if it is for training."""
    people = mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)
    faces = mp.solutions.face_mesh.FaceMesh(
        static_image_mode=True, max_num_faces=1, min_detection_confidence=0.2
    )
    with manifest.open(newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["status"] == "keep"]
    for row in rows:
        path = manifest.parent.parent / row["path"]
        photo = cv2.imread(str(path))
        if photo is None or photo.shape[:2] != (SIDE, SIDE):
            raise SystemExit(f"{path}: not a picture of {SIDE} x {SIDE} pixels")
        photo = photo[..., ::-1]
        mask = _mask(photo, people, faces)
        if mask is not None:
            yield _small(photo), _small((255 * mask).astype(np.uint8)), row["split"] == "train"


def _mask(photo: Array, people: Any, faces: Any) -> Array | None:  # noqa: ANN401 -- without types
    """The likelihood of hair, (`SIDE`, `SIDE`); none, if there is no face or too little hair."""
    large = cv2.resize(photo, (ENLARGED, ENLARGED), interpolation=cv2.INTER_CUBIC)
    margins = (BORDER,) * 4
    found = faces.process(cv2.copyMakeBorder(large, *margins, cv2.BORDER_REPLICATE)).multi_face_landmarks
    if not found:
        return None
    side = ENLARGED + 2 * BORDER
    points = np.array([[point.x * side - BORDER, point.y * side - BORDER] for point in found[0].landmark])
    points *= SIDE / ENLARGED
    person = cv2.resize(people.process(large).segmentation_mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    outside = 1 - cv2.dilate(_polygon(points[_oval()]), np.ones((3, 3), np.uint8))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    left, right = points[list(EARS), 0]
    near = np.abs(columns - (left + right) / 2) < NEAR * abs(right - left)
    hair = (person > PERSON) & (outside > 0) & (rows < points[MOUTH, 1]) & near
    if hair.sum() <= FEWEST:
        return None
    left_brow, right_brow = (_polygon(points[list(brow)]) for brow in BROWS)
    return np.maximum(hair, left_brow | right_brow) * _unlike_skin(photo / 255, points) ** 2


def _oval() -> list[int]:
    """The points around the face, in their order."""
    after = dict(FACEMESH_FACE_OVAL)
    points = [10]
    while len(points) < len(after):
        points.append(after[points[-1]])
    return points


def _polygon(points: Array) -> Array:
    return cv2.fillPoly(np.zeros((SIDE, SIDE), np.uint8), [points.round().astype(np.int32)], 1)


def _unlike_skin(pixels: Array, points: Array) -> Array:
    """0 for the colour of the face, in any usual light, rising to 1."""
    places = np.zeros((SIDE, SIDE), np.uint8)
    for point in points[list(SKIN)].round().astype(int).tolist():
        cv2.circle(places, point, 3, 1, -1)
    skin = np.median(pixels[places > 0], 0)
    light = (pixels @ skin / max(skin @ skin, 1e-6)).clip(*LIT)[..., None]
    distance = ((pixels - light * skin) ** 2).sum(2)
    unlike: Array = distance / (distance + ALIKE)
    return unlike


def _small(picture: Array) -> Array:
    return cv2.resize(picture, (STORED, STORED), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main()
