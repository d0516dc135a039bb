"""Darken a drawing's skin to follow the photo's.

Most drawn faces are pale, so generators make dark skin pale: by 0.28 to 0.32 of 1 in the darkest quarter of
the photos (docs/lab/projected.md). Here skin is found by its place and its colour, and darkened to a
brightness that follows from the photo's. Its mean never becomes brighter.
"""

import torch
from torch import Tensor

from f2a_methods.projected.colours import CELLS, CHEEKS, distance_when_lit
from f2a_methods.projected.exposure import TINT, nearer
from f2a_methods.projected.places import blurred_edges, ellipse, positions

BRIGHTNESS, DARKEST = (1.1, 0.12), 0.36
"""Slope and offset of the brightness of a drawing's skin by that of the photo's, in [0, 1], and the least.
Drawn skin is brighter than a photo's; from 0.65 on, photos of pale people reach what generators draw anyway.
The least applies to photos whose cheeks are darker than 0.22; they are underexposed."""
TINTED = 0.2
"""Share by which skin becomes darker from which on it gets the photo's tint: dark skin is redder than pale
skin made darker."""
TINTS = (0.1, 0.03, 0.1)
"""By how much the logarithms of red, green and blue may differ from `exposure.TINT`: skin does not become
grey in blue light, nor mauve in pink light."""
LIT = (0.75, 1.3)
"""Shadow and light on drawn skin, as factors of the cheeks' colour."""
ALIKE = 0.08
"""Standard deviation of the distance in colour from skin, in [0, 1]."""
WIDENED = 1 / 64
"""By how much the likelihood of skin grows, for each pixel of a drawing's side, after it is averaged over 3x3
pixels: at 64 pixels not at all, where the whites of the eyes would get darker; at 128, skin reaches half a
pixel further, and no bright line stays along its edges at usual tones. 256 has not been looked at."""
FACE, RADII, EDGE = (0.56, 0.5), (0.31, 0.4), 0.22
"""Centre and radii of the ellipse where a face's skin may be, down and across, as parts of the side, and the
share of the radii in which it fades. Clothes and shoulders have the photo's colours already."""
NECK, NECK_FROM, NECK_EDGES = (0.33, 0.67), 0.7, (0.06, 0.05, 0.12)
"""Columns and first row of the neck, as parts of the side, and the widths in which it fades: at its sides,
top and bottom."""


def skin_goal(photos: Tensor) -> Tensor:
    """The colour that a drawing's cheeks should have, if it is darker than what they have.

    Args:
        photos: in a drawing's proportions, float32 in [-1, 1], (N, 3, S, S).

    Returns:
        float32 in [0, 1], (N, 3, 1, 1).
    """
    skin = cheek_colour(photos)
    usual, differ = (torch.tensor(each, device=photos.device).view(3, 1, 1) for each in (TINT, TINTS))
    natural = _tint(nearer(_tint(skin).log(), usual - differ, usual + differ, kept=0).exp())
    slope, offset = BRIGHTNESS
    return natural * (slope * brightness(skin) + offset).clamp(min=DARKEST)


def darkened(drawings: Tensor, goal: Tensor) -> Tensor:
    """Darken the skin of drawings until their cheeks are about as bright as the goal.

    Args:
        drawings: float32 in [-1, 1], (N, 3, S, S).
        goal: colours of the cheeks, in [0, 1], (N, 3, 1, 1).

    Returns:
        Like the drawings. Those whose cheeks are as dark as the goal, or darker, stay as they are.
    """
    pixels, cheeks = (drawings + 1) / 2, cheek_colour(drawings)
    factor = (brightness(goal) / brightness(cheeks)).clamp(max=1)
    redder = (_tint(goal) / _tint(cheeks)) ** ((1 - factor) / TINTED).clamp(max=1)
    return 2 * (pixels * (factor * redder) ** _skin(pixels, cheeks)).clamp(max=1) - 1


def _skin(pixels: Tensor, cheeks: Tensor) -> Tensor:
    """How likely each pixel is skin, by its place and its colour: 0 to 1, (N, 1, S, S)."""
    likely = torch.exp(-distance_when_lit(pixels, cheeks, LIT) / (2 * ALIKE**2))
    # Without its edges, bright lines would stay around skin.
    return (blurred_edges(likely) * (WIDENED * pixels.shape[-1])).clamp(max=1) * _places(pixels)


def _places(pixels: Tensor) -> Tensor:
    """Where skin may be: the face and the neck, (S, S)."""
    side = pixels.shape[-1]
    places = positions(side, pixels.device)
    face = ellipse(side, FACE, RADII, EDGE, pixels.device)
    sides, top, bottom = NECK_EDGES
    columns = torch.minimum(places - NECK[0], NECK[1] - places) / sides
    rows = torch.minimum((places - NECK_FROM) / top, (1 - places) / bottom)
    return torch.maximum(face, rows.clamp(0, 1)[:, None] * columns.clamp(0, 1))


def cheek_colour(faces: Tensor) -> Tensor:
    """The mean colour of the cheeks, without black: in [-1, 1], (N, 3, S, S), to in [0, 1], (N, 3, 1, 1)."""
    # Not by `colours.cheeks`: the ONNX exporter pools only pictures of known size.
    side = faces.shape[-1]
    rows, columns = (slice(place.start * side // CELLS, place.stop * side // CELLS) for place in CHEEKS)
    return ((faces[..., rows, columns].mean((2, 3), keepdim=True) + 1) / 2).clamp(min=0.02)


def brightness(colours: Tensor) -> Tensor:
    """The mean of the channels: (N, 3, H, W) to (N, 1, H, W)."""
    return colours.mean(1, keepdim=True)


def _tint(colours: Tensor) -> Tensor:
    """Colours by their brightness."""
    return colours / brightness(colours)
