"""The paper's figures: sources above, results below."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from f2a_faces.crop import CropRule
from f2a_faces.images import ImageError, Pixels, encode_png
from f2a_faces.magic import SUFFIXES
from f2a_faces.walk import walk
from f2a_manifests import Domain, FatalError
from f2a_methods import method_of
from f2a_page.report import data_uri
from f2a_train.evaluation_rows import evaluation_rows
from f2a_train.experiments.plan import BACKWARDS, NOVEL, Experiment, Plan
from f2a_train.generators import load
from f2a_translate.grid import GAP, WHITE
from f2a_translate.photo import detect_and_crop, photo_detectors
from f2a_translate.translator import Translator

FACES = 12
MOST_PHOTOS = 200


@dataclass(frozen=True, slots=True)
class PaperFigure:
    """A part of a figure: the translations of one experiment.

    Attributes:
        number: in the paper.
        what: the faces, in words.
        pairs: pictures as ``data:`` URIs, each a source above its result.
        size: pixels of a face's side.
    """

    number: int
    what: str
    pairs: list[str] = field(default_factory=list)
    size: int = 0


def figures(run: Path, experiment: Experiment, plan: Plan) -> list[PaperFigure]:
    """Translate faces that the run was not trained on, each way that it has.

    Raises:
        FatalError: the checkpoint or a face cannot be used.
    """
    directions = method_of(plan.config(experiment)).directions
    to_anime, *to_human = (load(run, direction, plan.device) for direction in directions)
    size = to_anime.card.size
    people, people_are = _of_manifest(plan.human, Domain.HUMAN, size, experiment.source)
    made = [_figure(experiment.figure, f"{people_are} faces of {experiment.source}", people, to_anime)]
    if to_human:
        drawn, drawn_are = _of_manifest(plan.anime, Domain.ANIME, size)
        made.append(_figure(BACKWARDS, f"{drawn_are} anime faces", drawn, to_human[0]))
    if plan.photos:
        photos = novel_faces(plan.photos, to_anime.card.rule)
        made.append(_figure(NOVEL, "faces found in the photos", photos, to_anime))
    return made


def _of_manifest(manifest: Path, domain: Domain, size: int, source: str = "") -> tuple[Pixels, str]:
    rows = evaluation_rows(manifest, domain, FACES, 1, source)
    return rows.pixels(size), "held-out" if rows.held_out else "training"


@lru_cache(maxsize=4)
def novel_faces(photos: Path, rule: CropRule) -> Pixels:
    """The highest-scoring face of each photo, detected and cropped as for training.

    Args:
        photos: a folder that is searched for photos, or a photo.
        rule: how to crop.

    Returns:
        uint8 (N, S, S, 3), N from 0 to 12.

    Raises:
        FatalError: the folder does not exist, or the detector does not work here.
    """
    if not photos.exists():
        raise FatalError(f"there is no file or folder {photos}")
    found, tried = [], photo_detectors("human")
    for file in sorted(_files(photos))[:MOST_PHOTOS]:
        try:
            faces = detect_and_crop(file.read_bytes(), rule, tried).faces
        except (ImageError, OSError):
            continue
        found += [face.crop for face in faces[:1] if face.crop is not None]
        if len(found) == FACES:
            break
    return np.stack(found) if found else np.empty((0, rule.size, rule.size, 3), np.uint8)


def _files(photos: Path) -> list[Path]:
    if not photos.is_dir():
        return [photos]
    return [file for file in walk(photos).files if file.suffix.lower() in SUFFIXES]


def _figure(number: int, what: str, sources: Pixels, translator: Translator) -> PaperFigure:
    results = translator(sources) if len(sources) else sources
    gap = np.full((GAP, translator.card.size, 3), WHITE, np.uint8)
    pairs = [
        data_uri("png", encode_png(np.concatenate([source, gap, result])))
        for source, result in zip(sources, results, strict=True)
    ]
    return PaperFigure(number, what, pairs, translator.card.size)
