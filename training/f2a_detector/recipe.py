"""The whole training: collect images, train, mine hard negatives, train again, calibrate."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from f2a_detector.calibrate import calibrate
from f2a_detector.crowds import close_ups, crowds, read_figures
from f2a_detector.export import export
from f2a_detector.labels import PseudoLabelLimits, all_passes, hard_negatives, label
from f2a_detector.scenes import scene
from f2a_detector.train import DetectorTraining
from f2a_detector.training_data import (
    ANIME,
    HAAR_TO_FACE,
    HUMAN,
    WHOLE_BOX,
    LabelledImage,
    TrainingData,
    face_bank,
    painted,
    read_boxed_pictures,
    read_pictures,
)
from f2a_faces.detectors import Detector, load
from f2a_faces.detectors.boxed_set import BoxedImage, read_boxed
from f2a_faces.detectors.f2a import KINDS, SHIPPED, F2a
from f2a_faces.images import Pixels
from f2a_manifests import ExitCode, FatalError
from f2a_manifests.progress import progress

log = logging.getLogger(__name__)

PSEUDO_LABELS = PseudoLabelLimits(alone=0.65, agreed=0.5, passes=3, ignored=0.3)
ROUNDS = 3  # of training, with hard negatives mined in between
COMICS = 4  # every fourth human face is also used as a comic
CROWDS = 560  # group pictures of figures
CLOSE_UPS = 3  # of each figure's face
HELD_OUT = 20  # one in this many images is kept for calibration


@dataclass(frozen=True, slots=True)
class Recipe:
    """Where the data is, and how long to train.

    Attributes:
        anime_faces: folders or archives of tight anime face crops.
        human_faces: likewise of human ones.
        faceless: folders or archives of images without a face.
        boxed: folders of illustrations, each with a CSV of hand-drawn boxes (see `boxed_set`).
        boxed_photos: likewise of photos of people.
        figures: likewise of drawn figures on a transparent background, and of portraits; one without a box is
            not a person.
        drawings: likewise of illustrations that a program drew, with exact boxes (see `f2a_demo.boxed`).
        illustrations: folders or archives of illustrations without boxes.
        minutes: of training, in all.
        seed: of weights and scenes.
        bf16: whether to compute in bf16, which is faster where the machine has it.
    """

    anime_faces: tuple[Path, ...]
    human_faces: tuple[Path, ...]
    faceless: tuple[Path, ...]
    boxed: tuple[tuple[Path, Path], ...] = ()
    boxed_photos: tuple[tuple[Path, Path], ...] = ()
    figures: tuple[tuple[Path, Path], ...] = ()
    drawings: tuple[tuple[Path, Path], ...] = ()
    illustrations: tuple[Path, ...] = ()
    minutes: float = 60.0
    seed: int = 0
    bf16: bool = False


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What to train on, images without boxes, and what is kept for calibration."""

    data: TrainingData
    unboxed: list[LabelledImage]
    apart: dict[str, list[LabelledImage]]


def train_detector(recipe: Recipe, out: Path) -> None:
    """Train a detector and write it as ONNX; the same call continues after a kill.

    Raises:
        FatalError: a set is empty or cannot be read, or ``out`` cannot be written.
    """
    gathered = _gather(recipe)
    state = out.with_name(f"{out.name}.state")
    training = DetectorTraining(recipe.minutes, recipe.seed, keep=state, bf16=recipe.bf16)
    for number in range(ROUNDS):
        until = (number + 1) / ROUNDS
        if training.share >= until:  # before a kill
            continue
        labeller = SHIPPED
        if number:
            export(training.trained, out)
            labeller = out
        training.train(_mined(_with_unboxed(gathered, labeller), labeller), until)
    network = training.trained
    export(network, out)
    calibrate(network, out, gathered.apart)
    export(network, out)
    state.unlink()


def _gather(recipe: Recipe) -> _Gathered:
    human = _bank(recipe.human_faces, 220, load("haar"), HUMAN, HAAR_TO_FACE)
    anime = _bank(recipe.anime_faces, 96, load("f2a"), ANIME)
    faceless = [LabelledImage(pixels) for pixels in _all(recipe.faceless, 900, "faceless")]
    if not (human and anime and faceless):
        message = "--anime-faces, --human-faces and --faceless must each have a readable image"
        raise FatalError(message, ExitCode.USAGE)
    boxed, chosen = _boxed(recipe.boxed, ANIME)
    photos, chosen_photos = _boxed(recipe.boxed_photos, HUMAN)
    unboxed = [LabelledImage(pixels) for pixels in _all(recipe.illustrations, 900, "illustrations")]
    figures = read_figures(_images(recipe.figures))
    drawings = read_boxed_pictures(_images(recipe.drawings), ANIME, 700)
    groups = crowds(figures, faceless, CROWDS, recipe.seed) if figures else []
    bank = [*_part(anime), *painted(_part(human)[::COMICS]), *close_ups(figures, CLOSE_UPS, recipe.seed)]
    data = TrainingData(boxed, drawings, faceless, bank, _part(human), photos, groups)
    apart = {"anime": chosen or _unseen(anime, data), "human": chosen_photos or _unseen(human, data)}
    return _Gathered(data, unboxed, apart)


def _bank(
    roots: Sequence[Path], max_side: int, detector: Detector, kind: int, part: tuple[float, ...] = WHOLE_BOX
) -> list[LabelledImage]:
    """Faces to paste, set by set: each set frames its faces differently."""
    return [
        face for root in roots for face in face_bank(_all((root,), max_side, root.name), detector, kind, part)
    ]


def _with_unboxed(gathered: _Gathered, weights: Path) -> TrainingData:
    """The data, with pseudo-labels by a network for images without boxes."""
    illustrations = [*gathered.data.illustrations, *_labelled(gathered.unboxed, weights)]
    return replace(gathered.data, illustrations=illustrations)


def _boxed(sets: Sequence[tuple[Path, Path]], kind: int) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Boxed images to train on, and to calibrate with."""
    images = _images(sets)
    for number, image in enumerate(images):
        image.split = image.split or ("calibration" if number % HELD_OUT == HELD_OUT - 1 else "train")

    def part(split: str) -> list[BoxedImage]:
        return [image for image in images if image.split == split]

    return read_boxed_pictures(part("train"), kind), read_boxed_pictures(part("calibration"), kind)


def _images(sets: Sequence[tuple[Path, Path]]) -> list[BoxedImage]:
    return [image for folder, boxes in sets for image in read_boxed(folder, boxes).images]


def _part(faces: list[LabelledImage], *, held_out: bool = False) -> list[LabelledImage]:
    return [face for number, face in enumerate(faces) if (number % HELD_OUT == HELD_OUT - 1) is held_out]


def _unseen(faces: list[LabelledImage], data: TrainingData) -> list[LabelledImage]:
    """Scenes with faces that were never pasted in training."""
    unseen = _part(faces, held_out=True) or faces
    apart = replace(data, illustrations=[], drawings=[], anime=unseen, human=unseen)
    rng = np.random.default_rng(0)
    return [scene(apart, 320, rng) for _ in range(300)]


def _all(roots: Sequence[Path], max_side: int, what: str) -> Iterable[Pixels]:
    return progress((pixels for root in roots for pixels in read_pictures(root, max_side)), what)


def _labelled(pictures: Sequence[LabelledImage], weights: Path) -> list[LabelledImage]:
    detector = F2a(threshold=0.15, weights=weights)
    return [
        label(picture, all_passes(picture.pixels, detector, (256, 416, 704)), PSEUDO_LABELS)
        for picture in progress(pictures, "label")
    ]


def _mined(data: TrainingData, weights: Path) -> TrainingData:
    """The same data with the network's hard negatives."""
    detectors = [F2a(kind, threshold=0.25, weights=weights) for kind in KINDS]

    def mine(pictures: list[LabelledImage]) -> list[LabelledImage]:
        return [
            replace(
                picture,
                hard_negatives=tuple(
                    box for detector in detectors for box in hard_negatives(picture, detector, (320, 704))
                ),
            )
            for picture in progress(pictures, "mine")
        ]

    mined = replace(
        data,
        illustrations=mine(data.illustrations),
        faceless=mine(data.faceless),
        human=mine(data.human),
        photos=mine(data.photos),
    )
    pictures = (*mined.illustrations, *mined.faceless, *mined.human, *mined.photos)
    places = sum(len(picture.hard_negatives) for picture in pictures)
    log.info("%d hard negatives", places)
    return mined
