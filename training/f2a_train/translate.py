"""Translating faces in unseen photos: find them, cut them as in training, run the generator."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from f2a_faces.crop import CropError, CropRule, crop_face, parse_rule, rule
from f2a_faces.detectors import Detector, find_faces, load
from f2a_faces.images import ImageError, Pixels, decode, encode_png
from f2a_manifests import Box, FatalError, write_bytes
from f2a_manifests.atomic import explain
from f2a_train.checkpoint import load_generator
from f2a_train.grid import to_images, wrapped
from f2a_train.run import resolve_device, translate_faces

FACES = {"human2anime": "human", "anime2human": "anime"}
SUFFIXES = {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
GRID_FACES = 200
"""The grid shows this many faces at most; every face has its own file."""


class Translator:
    """One direction of a trained model.

    Args:
        checkpoint: a run's ``checkpoint.pt``.
        direction: ``human2anime`` or ``anime2human``.
        device: ``auto``, ``cpu`` or ``cuda``.

    Attributes:
        rule: how training cut its faces, as far as that applies to a detector's box.

    Raises:
        FatalError: the checkpoint is missing, broken or hostile; or there is no such device.
    """

    def __init__(self, checkpoint: Path, direction: str = "human2anime", device: str = "auto") -> None:
        self._device = resolve_device(device)
        generator, saved = load_generator(checkpoint, direction)
        self._generator = generator.to(self._device)
        origin = saved.origin
        self.rule = crop_rule(
            origin.human_rule if direction == "human2anime" else origin.anime_rule, origin.size
        )

    def __call__(self, faces: Pixels) -> Pixels:
        """Translate crops of the training size: uint8, N x S x S x 3 (N at least 1), to the same."""
        batch = torch.from_numpy(np.ascontiguousarray(faces)).permute(0, 3, 1, 2)
        with torch.no_grad():
            return to_images(translate_faces(self._generator, batch, self._device))


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
    checkpoint: Path,
    images: Sequence[Path],
    out: Path,
    *,
    direction: str = "human2anime",
    whole: bool = False,
    device: str = "auto",
) -> list[Outcome]:
    """Translate every face in some images.

    Writes ``NAME-HASH-N.png`` for each face (source left, result right; HASH is of the image's bytes)
    and ``grid.png`` (sources above, results below).

    Args:
        checkpoint: a run's ``checkpoint.pt``.
        images: files, or folders that are searched for images.
        out: folder of the results, made where it is missing.
        direction: ``human2anime`` looks for human faces, ``anime2human`` for anime faces.
        whole: take the centre square of each image instead of looking for faces.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        FatalError: the checkpoint cannot be used, a path does not exist, or ``out`` cannot be written.
    """
    translator = Translator(checkpoint, direction, device)
    detector = None if whole else load("f2a", kind=FACES[direction])
    shown: list[tuple[Pixels, Pixels]] = []
    outcomes = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for source in _expand(images, out):
            outcome, pairs = _translate_one(source, out, translator, detector)
            outcomes.append(outcome)
            shown.extend(pairs[: GRID_FACES - len(shown)])
    except OSError as error:
        raise FatalError(explain(error, out / "grid.png")) from error
    if shown:
        sources, results = (np.stack(side) for side in zip(*shown, strict=True))
        write_bytes(out / "grid.png", encode_png(wrapped(sources, results)))
    return outcomes


def crop_rule(text: str, size: int) -> CropRule:
    """The rule that cuts a detector's box as the training faces were cut.

    Faces that came as crops (``whole``), or were cut by landmarks that a photo does not have, were not
    cut around such a box; for those it is ``default``, at the training size.
    """
    try:
        trained = replace(parse_rule(text), size=size)
    except ValueError:
        return rule("default", size)
    return rule("default", size) if trained.name == "whole" else trained


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
    source: Path, out: Path, translator: Translator, detector: Detector | None
) -> tuple[Outcome, list[tuple[Pixels, Pixels]]]:
    try:
        data = source.read_bytes()
        crops = _crops(data, translator.rule, detector)
    except (ImageError, CropError) as error:
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


def _crops(data: bytes, training: CropRule, detector: Detector | None) -> list[Pixels]:
    """The faces of one image, at least one.

    Raises:
        ImageError: the image cannot be decoded, or no face was found.
        CropError: every face is too small.
    """
    if detector is None:
        pixels = decode(data).pixels
        height, width = pixels.shape[:2]
        return [crop_face(pixels, Box(0, 0, width, height), rule("whole", training.size))]
    _, found = find_faces(data, detector)
    if not found:
        raise ImageError("no face found; --whole takes the centre square instead")
    pixels = decode(data).pixels
    crops, refused = [], []
    for face in found:
        try:
            crops.append(crop_face(pixels, face.box, training))
        except CropError as error:
            refused.append(error)
    if not crops:
        raise refused[0]
    return crops


def _safe_stem(source: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", source.stem)[:40] or "image"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
