"""The demo's default data: a booru of drawings, and a few real faces.

The faces are scikit-image's: a hundred of the LFW set at 25 x 25 grey pixels, which are toned, and the
portrait of the astronaut Eileen Collins, which is kept for the translation.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from f2a_demo.booru_posts import DemoPost
from f2a_demo.drawing import Illustration, gallery
from f2a_faces.images import Pixels, decode, encode_png
from f2a_manifests import write_bytes
from f2a_manifests.progress import progress_bar

FloatPixels = npt.NDArray[np.floating]
DRAWINGS = 150
ARTIST = "f2a_demo"
LIGHTNESS = (0.0, 0.3, 0.6, 0.85, 1.0)
TONES = ((22, 16, 18), (104, 66, 54), (204, 150, 124), (243, 208, 186), (255, 248, 242))
"""Colours, R, G and B, at these values of a grey photo."""


def posts(folder: Path) -> list[DemoPost]:
    """Draw the booru's pictures into a folder (those that are there stay) and describe them.

    Two posts are banned and one file is damaged, as happens on every booru.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = list(_drawn(folder))
    damaged = folder / "damaged.jpg"
    write_bytes(damaged, _jpeg(decode(listed[0].file).pixels)[:5000])
    banned = (DemoPost(id=DRAWINGS + n, file=listed[n].file, artist=ARTIST, banned=True) for n in (1, 2))
    return [*listed, *banned, DemoPost(id=DRAWINGS + 3, file=damaged, artist=ARTIST)]


def portraits(folder: Path) -> tuple[Path, Path]:
    """Write scikit-image's faces as files.

    Returns:
        The folder of the faces to train on, and the folder of the photo to translate.
    """
    from skimage import data  # noqa: PLC0415 -- the demo's own dependency

    crops, photos = folder / "crops", folder / "photos"
    faces = data.lfw_subset()[:100]  # the rest are not faces
    _write_all(crops, {f"{n:03}.png": _toned(face) for n, face in enumerate(faces)})
    _write_all(photos, {"astronaut.png": data.astronaut()})
    return crops, photos


def _drawn(folder: Path) -> Iterator[DemoPost]:
    """The drawings; a seed always draws the same, so a second demo only writes what is missing."""
    with progress_bar("draw", total=DRAWINGS) as bar:
        for number, drawing in enumerate(gallery(DRAWINGS)):
            if not _file(folder, number, drawing).exists():
                _save(folder, number, drawing)
            yield _post(folder, number, drawing)
            bar.update()


def _file(folder: Path, number: int, drawing: Illustration) -> Path:
    return folder / f"{number}.{'png' if drawing.pixels.shape[2] == 4 else 'jpg'}"


def _save(folder: Path, number: int, drawing: Illustration) -> None:
    file = _file(folder, number, drawing)
    data = encode_png(drawing.pixels) if file.suffix == ".png" else _jpeg(drawing.pixels)
    write_bytes(file, data, durable=False)


def _post(folder: Path, number: int, drawing: Illustration) -> DemoPost:
    parent = None if drawing.variant_of is None else drawing.variant_of + 1
    return DemoPost(
        id=number + 1,
        file=_file(folder, number, drawing),
        tags=" ".join(drawing.tags),
        rating=drawing.rating,
        artist=ARTIST,
        parent_id=parent,
    )


def _jpeg(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def _toned(grey: FloatPixels) -> Pixels:
    """A grey face, (S, S) in [0, 1], in the colours of dark hair and skin: drawings are in colour."""
    channels = [np.interp(grey, LIGHTNESS, tones) for tones in zip(*TONES, strict=True)]
    return np.stack(channels, axis=2).round().astype(np.uint8)


def _write_all(folder: Path, pictures: dict[str, Pixels]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in pictures.items():
        write_bytes(folder / name, encode_png(pixels), durable=False)
