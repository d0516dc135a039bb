import numpy as np

from f2a_faces.images import Pixels
from f2a_train.grid import BREAK, GAP, sheet, wrapped


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


def test_many_faces_wrap_into_pairs_of_rows() -> None:
    image = wrapped(plain(*range(5)), plain(*range(100, 105)), columns=2)
    assert image.shape[1] == 2 * (4 + GAP)
    assert (image[-4 - GAP : -GAP, :4] == 104).all()
