"""Other light: some of the photos and of the drawings, darker or brighter, a little warmer or colder.

Photo sets have few dark pictures and drawings are bright. A generator that has seen neither smears what it is
shown in the dark; and discriminators that know no dark drawing let it draw none. With both domains changed
alike, a dark photo may become a dark drawing.
"""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, interpolate, pad

from f2a_methods.processes import drawn

SHARE = 0.35
"""Of the faces of a batch that are changed."""
GAMMA = (0.67, 2.46)
"""The powers that colours in [0, 1] are raised to, spread evenly over their logarithms: more often darker."""
BALANCE = 0.04
"""Standard deviation of the logarithm of a colour channel's gain; the largest gain is 1."""
SHARE_SHADED = 0.6
"""Of the photos of a batch on which uneven light falls."""
SHARE_VEILED = 0.4
"""Of the photos of a batch that have a part blurred."""
VEIL = (0.15, 0.4)
"""The sides of that part, of the face's."""
BLURRED = 8
"""Cells a side of which only the mean colour is left there."""
LIGHTS = 3
"""Places a side that are lit independently; between them the light changes smoothly."""
UNEVEN = 0.45
"""Standard deviation of the logarithm of their light."""


def exposed(faces: Tensor) -> Tensor:
    """Change the light of some faces, each in its own way, at random from torch's generator.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        The same.
    """
    brightest, darkest = torch.tensor(GAMMA).log().tolist()
    gamma = (brightest + (darkest - brightest) * _random(faces)).exp()
    gains = (BALANCE * drawn(torch.randn, len(faces), 3, 1, 1, device=faces.device)).exp()
    colours = ((faces + 1) / 2).clamp(0, 1) ** gamma * (gains / gains.amax(1, keepdim=True))
    return torch.where(_random(faces) < SHARE, 2 * colours - 1, faces)


def shaded(faces: Tensor) -> Tensor:
    """Cast light and shadow across some faces, each in its own way, at random from torch's generator.

    The mean of the logarithm of the gain is 0 over each face: a dark face stays one.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        The same. The generator sees these and is to draw what it would draw without: light from one side,
        hard shadows and overexposed cheeks otherwise come out as smears.
    """
    field = drawn(torch.randn, len(faces), 1, LIGHTS, LIGHTS, device=faces.device)
    field = UNEVEN * (field - field.mean((2, 3), keepdim=True))
    gain = interpolate(field, size=faces.shape[-2:], mode="bicubic", align_corners=True).exp()
    lit = ((faces + 1) / 2 * gain).clamp(0, 1)
    return torch.where(_random(faces) < SHARE_SHADED, 2 * lit - 1, faces)


def veiled(faces: Tensor) -> Tensor:
    """Blur a rectangle of some faces, each another, at random from torch's generator.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        The same. What glasses, hands, beards and hard shadows hide is to be drawn as it usually is.
    """
    count, side, device = len(faces), faces.shape[-1], faces.device
    sides, middles = drawn(torch.rand, count, 2, 2, 1, device=device).unbind(1)
    sides = VEIL[0] + (VEIL[1] - VEIL[0]) * sides
    places = (torch.arange(side, device=device) + 0.5) / side
    rows, columns = ((places - middles).abs() < sides / 2).unbind(1)
    hidden = rows[:, None, :, None] & columns[:, None, None, :] & (_random(faces) < SHARE_VEILED)
    cells = adaptive_avg_pool2d(faces, BLURRED)
    blurred = interpolate(cells, size=faces.shape[-2:], mode="bilinear", align_corners=False)
    return torch.where(hidden, blurred, faces)


def evenly_lit(cells: Tensor, rows: int, columns: int) -> Tensor:
    """Both halves of the face in the same light: each cell becomes the mean of itself and the one across.

    Args:
        cells: colours, (N, 3, C, C).
        rows: so many cells above and below the face stay as they are.
        columns: likewise on its left and right.

    Returns:
        The same shape.
    """
    face = cells[..., rows:-rows, columns:-columns]
    margins = (columns, columns, rows, rows)
    return torch.where(
        pad(torch.ones_like(face), margins) > 0, pad((face + face.flip(-1)) / 2, margins), cells
    )


def _random(faces: Tensor) -> Tensor:
    """One number in [0, 1) a face, (N, 1, 1, 1)."""
    return drawn(torch.rand, len(faces), 1, 1, 1, device=faces.device)
