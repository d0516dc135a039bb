"""Translating the faces in new photos: detect them, crop them as in training, run the generator."""

import hashlib
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from f2a_faces.detectors import Detector
from f2a_faces.images import ImageError, decode, encode_png
from f2a_faces.magic import SUFFIXES
from f2a_faces.walk import walk
from f2a_manifests import ExitCode, FatalError, Reason, Unusable, write_bytes
from f2a_manifests.atomic import explain
from f2a_manifests.progress import progress
from f2a_manifests.version import __version__
from f2a_page.text import printable
from f2a_translate.grid import wrapped
from f2a_translate.in_place import paste
from f2a_translate.photo import Face, centre, detect_and_crop, photo_detectors
from f2a_translate.results import GRID, Pair, Results, is_result, safe_name
from f2a_translate.translator import Translator

log = logging.getLogger(__name__)
GRID_FACES = 500
"""The grid shows this many faces at most; every face has its own file."""


@dataclass(slots=True)
class Outcome:
    """The result for one image.

    Attributes:
        source: the image.
        results: the files of its faces: source left, result right.
        reason: why there are none; empty otherwise.
    """

    source: Path
    results: list[Path] = field(default_factory=list)
    reason: str = ""


def translate(
    translator: Translator,
    images: Sequence[Path],
    out: Path,
    *,
    whole: bool = False,
    in_place: bool = False,
) -> list[Outcome]:
    """Translate every face in some images.

    Writes ``NAME-HASH-N.png`` for each face (source left, result right; HASH is of the image's bytes and of
    the translator) and ``grid.png`` (sources above, results below). Results of earlier runs are kept.
    Draws a bar on a terminal.

    Args:
        translator: see `f2a_train.generators.load`; it says whether human or anime faces are
            detected.
        images: files, or folders that are searched for images.
        out: folder of the results, made where it is missing.
        whole: take the centre square of each image instead of detecting faces.
        in_place: also write ``NAME-HASH.png``, the image with its faces replaced; large ones as ``.jpg``.

    Raises:
        FatalError: a path does not exist, ``out`` cannot be written, or the network fails.
    """
    work = _Work(translator, out, whole=whole, in_place=in_place)
    shown: list[Pair] = []
    outcomes = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        _check_grid(out)
        files = list(_expand(images, out))
        has_bar = len(files) > 1 and sys.stderr.isatty()
        for source in progress(files, "translate") if has_bar else files:
            outcome, pairs = work(source)
            outcomes.append(outcome)
            shown.extend(pairs[: GRID_FACES - len(shown)])
    except OSError as error:
        raise FatalError(explain(error, out / GRID)) from error
    if shown:
        sources, results = (np.stack(side) for side in zip(*shown, strict=True))
        write_bytes(out / GRID, encode_png(wrapped(sources, results), compress_level=1))
    return outcomes


def _expand(images: Sequence[Path], out: Path) -> Iterator[Path]:
    """The files, and the images below the folders but for earlier results."""
    for path in images:
        if path.is_dir():
            below = walk(path)
            for note in below.notes(can_follow=False):
                log.warning("%s: %s", printable(str(path)), note)
            yield from _photos(below.files, out)
        elif path.exists():
            yield path
        else:
            raise FatalError(f"there is no file or folder {printable(str(path))}")


def _photos(files: Sequence[Path], out: Path) -> Iterator[Path]:
    """The images but for earlier results, of this call's folder or of another with a grid."""
    results = [file for file in files if is_result(file)]
    grids = {file.parent for file in results if file.name == GRID}
    others = {file.parent for file in results if file.name != GRID}
    of_results = (grids & others) | {folder for folder in grids | others if folder.resolve() == out.resolve()}
    for file in files:
        if file.suffix.lower() in SUFFIXES and not (is_result(file) and file.parent in of_results):
            yield file


def _check_grid(out: Path) -> None:
    """Do not overwrite the user's own ``grid.png``.

    Raises:
        FatalError: there is one in the folder, and no result beside it.
    """
    others = (file for file in out.iterdir() if file.name != GRID)
    if (out / GRID).exists() and not any(map(is_result, others)):
        raise FatalError(
            f"{out / GRID} is not an earlier result and would be overwritten; choose another --out",
            ExitCode.USAGE,
        )


class _Work:
    """What is done with each image; see `translate` for the arguments."""

    def __init__(self, translator: Translator, out: Path, *, whole: bool, in_place: bool) -> None:
        self._translator, self._out, self._in_place = translator, out, in_place
        self._tried: list[Detector] = [] if whole else photo_detectors(translator.card.source)
        ways = "whole" if whole else str(self._tried[0])
        self._how = f"{translator.digest} {ways} {__version__}".encode()

    def __call__(self, source: Path) -> tuple[Outcome, list[Pair]]:
        try:
            data = source.read_bytes()
            results = self._results(source, data)
            pairs = self._kept(results) or self._made(data, results)
        except Unusable as error:
            return Outcome(source, reason=str(error)), []
        except OSError as error:
            return Outcome(source, reason=error.strerror or "cannot be read"), []
        return Outcome(source, [results.face(number) for number in range(1, len(pairs) + 1)]), pairs

    def _results(self, source: Path, data: bytes) -> Results:
        digest = hashlib.sha256(self._how)
        digest.update(data)
        name = f"{safe_name(source)}-{digest.hexdigest()[:12]}"
        return Results(self._out, name, self._translator.card.size)

    def _kept(self, results: Results) -> list[Pair]:
        if self._in_place and not any(map(Path.exists, results.photos)):
            return []
        return results.read_faces()

    def _made(self, data: bytes, results: Results) -> list[Pair]:
        faces = self._faces(data)
        crops = [face.crop for face in faces if face.crop is not None]
        if not crops:
            raise faces[0].problem or ImageError(Reason.NO_FACE)
        made = self._translator(np.stack(crops))
        if self._in_place:
            places = [face.square for face in faces if face.crop is not None]
            results.write_photo(paste(decode(data).pixels, list(zip(places, made, strict=True))))
        pairs = list(zip(crops, made, strict=True))
        results.write_faces(pairs)
        return pairs

    def _faces(self, data: bytes) -> list[Face]:
        """The faces of one image, at least one.

        Raises:
            ImageError: the image cannot be decoded, or has no face.
        """
        training = self._translator.card.rule
        faces = (
            detect_and_crop(data, training, self._tried) if self._tried else centre(data, training)
        ).faces
        if not faces:
            raise ImageError(Reason.NO_FACE, "--whole takes the centre square instead")
        return faces
