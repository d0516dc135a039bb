import numpy as np
import pytest

from f2a_faces.images import Pixels
from f2a_translate.grid import BREAK, GAP, sheet, wrapped


def plain(*values: int, size: int = 4) -> Pixels:
    return np.stack([np.full((size, size, 3), value, np.uint8) for value in values])


def test_sources_stand_above_their_results() -> None:
    image = sheet([(plain(10, 20, 30), plain(110, 120, 130))])
    step = 4 + GAP
    for column, value in enumerate((10, 20, 30)):
        assert (image[:4, column * step : column * step + 4] == value).all()
        assert (image[step : step + 4, column * step : column * step + 4] == value + 100).all()
    assert (image[4 : 4 + GAP] == 255).all()


def test_the_second_pair_of_rows_stands_below_the_first_and_may_be_shorter() -> None:
    image = sheet([(plain(1, 2), plain(3, 4)), (plain(5), plain(6))])
    top = 2 * (4 + GAP) + BREAK - GAP
    assert (image[top : top + 4, :4] == 5).all()
    assert (image[top + 4 + GAP : top + 8 + GAP, :4] == 6).all()
    assert (image[top : top + 4, 4:] == 255).all()


@pytest.mark.parametrize(
    ("faces", "size", "columns", "bands"),
    [(1, 128, 1, 1), (10, 128, 10, 1), (12, 128, 6, 2), (500, 128, 10, 50), (21, 64, 11, 2), (5, 512, 2, 3)],
)
def test_any_number_of_faces_wraps_into_rows_of_about_equal_length(
    faces: int, size: int, columns: int, bands: int
) -> None:
    numbers = np.arange(faces) % 250
    image = wrapped(plain(*numbers, size=size), plain(*numbers, size=size))
    assert image.shape[1] == columns * (size + GAP)
    height = 2 * (size + GAP) + BREAK - GAP
    assert image.shape[0] == bands * height - (BREAK - GAP)
    for number in (0, columns - 1, faces - 1):  # in reading order
        row, column = divmod(number, columns)
        for y in (row * height, row * height + size + GAP):
            assert (image[y : y + size, column * (size + GAP)][:, 0] == numbers[number]).all()
