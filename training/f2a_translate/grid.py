"""Sheets of faces: sources above, results below, as in figures 8 to 13 of the paper."""

import math
from collections.abc import Sequence

import numpy as np

from f2a_faces.images import Pixels

GAP = 2  # pixels between faces
BREAK = 8  # pixels between one pair of rows and the next
WIDTH = 1280  # pixels of faces in a row
WHITE = 255


def sheet(rows: Sequence[tuple[Pixels, ...]]) -> Pixels:
    """Lay out blocks of rows on white.

    Args:
        rows: for each block, sources and one or more rows of results, each uint8, N x S x S x 3; N may differ
            from block to block.

    Returns:
        uint8, height x width x 3: the first block's sources, its results below them, then the next block.
    """
    blocks = [np.concatenate([_row(faces) for faces in block]) for block in rows]
    width = max(block.shape[1] for block in blocks)
    padded = [_pad(block, BREAK - GAP, width - block.shape[1]) for block in blocks]
    return np.concatenate(padded)[: -(BREAK - GAP)]


def wrapped(sources: Pixels, results: Pixels) -> Pixels:
    """A `sheet` of any number of faces (at least one), in as many pairs of rows as they need.

    It is for viewing at full size: hardly wider than `WIDTH`, with rows of about equal length.
    """
    bands = math.ceil(len(sources) / max(1, WIDTH // sources.shape[2]))
    columns = math.ceil(len(sources) / bands)
    starts = range(0, len(sources), columns)
    return sheet([(sources[at : at + columns], results[at : at + columns]) for at in starts])


def _row(faces: Pixels) -> Pixels:
    """One row, with a gap below it and to the right of each face."""
    return np.concatenate([_pad(face, GAP, GAP) for face in faces], axis=1)


def _pad(image: Pixels, below: int, right: int) -> Pixels:
    return np.pad(image, ((0, below), (0, right), (0, 0)), constant_values=WHITE)
