"""Translating faces in unseen photos: find them, cut them as in training, run the generator."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from f2a_faces.detectors import Detector
from f2a_faces.images import ImageError, Pixels, encode_png
from f2a_manifests import FatalError, write_bytes
from f2a_manifests.atomic import explain
from f2a_train.grid import wrapped
from f2a_train.photo import centre, finders, look
from f2a_train.translator import Translator, load

SUFFIXES = {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
GRID_FACES = 200
"""The grid shows this many faces at most; every face has its own file."""


@dataclass(slots=True)
class Outcome:
    """What became of one image.

    Attributes:
        source: the image.
        results: the files written, one a face: source left, result right.
        reason: why there are none; empty otherwise.
    """

    source: Path
    results: list[Path] = field(default_factory=list)
    reason: str = ""


def translate(
    checkpoint: Path | None,
    images: Sequence[Path],
    out: Path,
    *,
    direction: str | None = None,
    whole: bool = False,
    device: str = "auto",
) -> list[Outcome]:
    """Translate every face in some images.

    Writes ``NAME-HASH-N.png`` for each face (source left, result right; HASH is of the image's bytes)
    and ``grid.png`` (sources above, results below).

    Args:
        checkpoint: see `f2a_train.translator.load`.
        images: files, or folders that are searched for images.
        out: folder of the results, made where it is missing.
        direction: see there; ``human2anime`` looks for human faces, ``anime2human`` for anime faces.
        whole: take the centre square of each image instead of looking for faces.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        FatalError: the checkpoint cannot be used, a path does not exist, or ``out`` cannot be written.
    """
    translator = load(checkpoint, direction, device)
    tried = [] if whole else finders(translator.card.source)
    shown: list[tuple[Pixels, Pixels]] = []
    outcomes = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for source in _expand(images, out):
            outcome, pairs = _translate_one(source, out, translator, tried)
            outcomes.append(outcome)
            shown.extend(pairs[: GRID_FACES - len(shown)])
    except OSError as error:
        raise FatalError(explain(error, out / "grid.png")) from error
    if shown:
        sources, results = (np.stack(side) for side in zip(*shown, strict=True))
        write_bytes(out / "grid.png", encode_png(wrapped(sources, results)))
    return outcomes


def printable(path: Path) -> str:
    """A path for the terminal: control characters in a hostile name must not reach it."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(path))


def _expand(images: Sequence[Path], out: Path) -> Iterator[Path]:
    """The files, and the images below the folders but for earlier results."""
    for path in images:
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
            yield from (file for file in found if out.resolve() not in file.resolve().parents)
        elif path.exists():
            yield path
        else:
            raise FatalError(f"there is no file or folder {printable(path)}")


def _translate_one(
    source: Path, out: Path, translator: Translator, tried: Sequence[Detector]
) -> tuple[Outcome, list[tuple[Pixels, Pixels]]]:
    try:
        data = source.read_bytes()
        crops = _crops(data, translator, tried)
    except ImageError as error:
        return Outcome(source, reason=str(error)), []
    except OSError as error:
        return Outcome(source, reason=error.strerror or "cannot be read"), []
    results = translator(np.stack(crops))
    pairs = list(zip(crops, results, strict=True))
    names = [
        out / f"{_safe_stem(source)}-{_digest(data)}-{number}.png" for number in range(1, len(crops) + 1)
    ]
    for name, (crop, result) in zip(names, pairs, strict=True):
        write_bytes(name, encode_png(np.concatenate([crop, result], axis=1)))
    return Outcome(source, names), pairs


def _crops(data: bytes, translator: Translator, tried: Sequence[Detector]) -> list[Pixels]:
    """The faces of one image, at least one.

    Raises:
        ImageError: the image cannot be decoded, or has no face that can be cut.
    """
    training = translator.card.rule
    faces = (look(data, training, tried) if tried else centre(data, training)).faces
    if not faces:
        raise ImageError("no face found; --whole takes the centre square instead")
    crops = [face.crop for face in faces if face.crop is not None]
    if not crops:
        raise ImageError(faces[0].problem)
    return crops


def _safe_stem(source: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", source.stem)[:40] or "image"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
