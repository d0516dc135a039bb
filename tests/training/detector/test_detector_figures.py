"""Figures on transparent ground: where their boxes are in crowds and close-ups, and what hides what."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from f2a_detector import crowds as module
from f2a_detector.crowds import CutoutFigure, close_ups, crowds, read_figures
from f2a_detector.training_data import IGNORED, PAINTED, Label, LabelledImage
from f2a_faces.detectors.boxed_set import read_boxed
from f2a_manifests import Box, FatalError

RED, BLUE = (230, 0, 0), (0, 0, 230)


@pytest.fixture
def figure() -> CutoutFigure:
    """A blue body, twice as high as wide, with a red face; nothing between its legs."""
    pixels = np.zeros((400, 200, 4), np.uint8)
    pixels[:] = (*BLUE, 255)
    pixels[300:, 60:140, 3] = 0
    pixels[40:100, 60:140, :3] = RED
    return CutoutFigure(pixels, (Label(Box(60, 40, 80, 60), PAINTED),))


@pytest.fixture
def grounds() -> list[LabelledImage]:
    return [LabelledImage(np.full((90, 160, 3), 128, np.uint8))]


def is_red(pixels: np.ndarray) -> np.ndarray:
    return np.asarray((pixels[..., 0] > 120) & (pixels[..., 2] < 60))


def test_every_face_that_counts_is_seen_where_its_box_is(
    figure: CutoutFigure, grounds: list[LabelledImage]
) -> None:
    pictures = crowds([figure], grounds, 30, seed=0)
    labels = [(picture, label) for picture in pictures for label in picture.labels if label.kind == PAINTED]
    assert len(labels) > 60
    assert max(len(picture.labels) for picture in pictures) > 5
    for picture, (box, _) in labels:
        x, y, w, h = box
        assert 0 <= x < x + w <= module.SIDE
        assert 0 <= y < y + h <= module.SIDE
        assert is_red(picture.pixels[y : y + h, x : x + w]).mean() > 0.7


def test_no_red_is_left_without_a_label(figure: CutoutFigure, grounds: list[LabelledImage]) -> None:
    """But for faces cut by the border, whose middle is beyond it, and what shows of hidden ones."""
    left = []
    for picture in crowds([figure], grounds, 30, seed=1):
        red = is_red(picture.pixels)
        before = red.mean()
        for (x, y, w, h), _ in picture.labels:
            red[y : y + h, x : x + w] = False
        left.append(red.mean() / before if before else 0)
    assert np.mean(left) < 0.1


def test_who_stands_before_a_face_hides_it(figure: CutoutFigure) -> None:
    picture = LabelledImage(
        np.zeros((module.SIDE, module.SIDE, 3), np.uint8), (Label(Box(300, 300, 40, 40), PAINTED),)
    )
    rng = np.random.default_rng(0)
    covered = module._placed(picture, figure, 400, (220, 280), rng)
    half = module._placed(picture, figure, 400, (320, 280), rng)
    beside = module._placed(picture, figure, 400, (400, 280), rng)
    assert [label.kind for label in covered.labels] == [PAINTED]
    assert [label.kind for label in half.labels] == [IGNORED, PAINTED]
    assert [label.kind for label in beside.labels] == [PAINTED, PAINTED]


def test_what_is_no_person_only_hides(figure: CutoutFigure, grounds: list[LabelledImage]) -> None:
    assert not any(picture.labels for picture in crowds([CutoutFigure(figure.pixels)], grounds, 20, seed=0))


def test_a_portrait_with_its_ground_is_left_as_it_is(
    figure: CutoutFigure, grounds: list[LabelledImage]
) -> None:
    pixels = np.full((90, 60, 4), 255, np.uint8)
    pixels[:5, :5, 3] = 0  # a card's round corner
    card = CutoutFigure(pixels, (Label(Box(20, 10, 20, 20), PAINTED),))
    *groups, last = crowds([figure, card], grounds, 10, seed=0)
    assert len(groups) == 10
    assert all(picture.pixels.shape == (module.SIDE, module.SIDE, 3) for picture in groups)
    assert last.pixels.shape == (90, 60, 3)
    assert last.labels == card.labels
    assert len(crowds([card], grounds, 10, seed=0)) == 1


def test_a_close_up_shows_the_face_in_its_box(figure: CutoutFigure) -> None:
    made = close_ups([figure], 12, seed=0)
    assert len(made) == 12
    for picture in made:
        [((x, y, w, h), kind)] = picture.labels
        assert kind == PAINTED
        assert max(picture.pixels.shape) <= module.CLOSE_UP
        red = is_red(picture.pixels)
        assert red[y + 1 : y + h - 1, x + 1 : x + w - 1].mean() > 0.9
        assert red.sum() == pytest.approx(w * h, rel=0.1)


def test_figures_are_read_with_their_transparency(tmp_path: Path) -> None:
    pixels = np.zeros((1000, 600, 4), np.uint8)
    pixels[100:900, 200:500] = (*BLUE, 255)
    pixels[200:300, 300:400, :3] = RED
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(pixels).save(tmp_path / "dog.png")
    (tmp_path / "boxes.csv").write_text(
        "image,x,y,w,h,half\na.png,300,200,100,100,train\ndog.png,,,,,train\n"
    )
    person, dog = read_figures(read_boxed(tmp_path, tmp_path / "boxes.csv").images)
    assert person.pixels.shape == dog.pixels.shape == (338, 128, 4)
    assert person.labels == (Label(Box(43, 43, 42, 42), PAINTED),)
    assert not dog.labels
    assert is_red(person.pixels[44:84, 44:84]).all()
    assert (person.pixels[2:-2, 2:-2, 3] == 255).all()


def test_a_broken_figure_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"<html>")
    (tmp_path / "boxes.csv").write_text("image,x,y,w,h\na.png,1,1,9,9\n")
    with pytest.raises(FatalError, match=r"a\.png: an HTML page"):
        read_figures(read_boxed(tmp_path, tmp_path / "boxes.csv").images)
