"""The recipe: gather, label by agreement, train, label with the result, train again."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from f2a_data.detector.export import export
from f2a_data.detector.labels import ANIME, Trust, label, search
from f2a_data.detector.material import (
    HAAR_TO_FACE,
    Material,
    Picture,
    drawn,
    drawn_empty,
    face_bank,
    read_pictures,
)
from f2a_data.detector.train import train
from f2a_data.progress import progress
from f2a_faces.detectors import load
from f2a_faces.detectors.animeface import AnimeFace
from f2a_faces.detectors.f2a import F2a
from f2a_faces.images import Pixels
from f2a_manifests import ExitCode, FatalError

log = logging.getLogger(__name__)

BY_AGREEMENT = Trust(alone=2.0, agreed=0.5, passes=2, doubt=0.1)  # a likelihood is never above 1
BY_ITSELF = Trust(alone=0.65, agreed=0.5, passes=3, doubt=0.3)
HUMAN = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """Where the material is, and how long to train.

    Attributes:
        anime_faces: folders or archives of tight anime face crops.
        human_faces: likewise of human ones.
        illustrations: folders or archives of illustrations without boxes.
        minutes: of training, in all; the first third on the first labels.
        drawings: how many illustrations to draw.
        seed: of weights and scenes.
    """

    anime_faces: tuple[Path, ...]
    human_faces: tuple[Path, ...]
    illustrations: tuple[Path, ...]
    minutes: float = 30.0
    drawings: int = 450
    seed: int = 0


def cook(recipe: Recipe, out: Path) -> None:
    """Train a detector and write it as ONNX.

    Raises:
        FatalError: a set is empty or cannot be read, or ``out`` cannot be written.
    """
    animeface = load("animeface")
    faint = replace(AnimeFace(), threshold=0.1)
    pictures = [
        label(Picture(pixels), search(pixels, faint, (512, 900)), BY_AGREEMENT)
        for pixels in _all(recipe.illustrations, 900, "label")
    ]
    human = face_bank(_all(recipe.human_faces, 220, "human faces"), load("haar"), HUMAN, HAAR_TO_FACE)
    anime = face_bank(_all(recipe.anime_faces, 96, "anime faces"), animeface, ANIME)
    drawings, empty = drawn(recipe.drawings), drawn_empty(max(1, recipe.drawings // 2))
    if not (pictures and human and anime):
        raise FatalError("each of the three sets must hold a readable image", ExitCode.USAGE)
    material = Material([*pictures, *drawings, *drawings, *human], empty, anime, human)
    network = train(material, recipe.minutes / 3, recipe.seed)
    export(network, out)
    pictures = _relabelled(pictures, out)
    material = replace(material, labelled=[*pictures * 4, *drawings, *drawings, *human])
    export(train(material, recipe.minutes * 2 / 3, recipe.seed + 1, network), out)


def _all(roots: Sequence[Path], max_side: int, what: str) -> Iterable[Pixels]:
    return progress((pixels for root in roots for pixels in read_pictures(root, max_side)), what)


def _relabelled(pictures: Sequence[Picture], weights: Path) -> list[Picture]:
    detector = F2a(threshold=0.15, weights=str(weights))
    again = [
        label(picture, search(picture.pixels, detector, (256, 416, 704)), BY_ITSELF)
        for picture in progress(pictures, "label again")
    ]
    before, after = (sum(face.kind == ANIME for p in some for face in p.labels) for some in (pictures, again))
    log.info("%d labelled faces before, %d after", before, after)
    return again
