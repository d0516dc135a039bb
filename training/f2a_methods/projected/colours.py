"""The colours of a photo that its drawing should keep, means of 8x8 cells.

A drawing's mouth is small and its hair is wide. Lips, teeth and beards of photos became dark patches, and
hair took the colours of what is behind it in the photo: the forehead and the background. So the lower face
gets the colours of the cheeks, and the places of hair get the colour of the photo's hair. The places are
those of a face in a drawing's proportions.
"""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from f2a_methods.projected.places import rising

CELLS = 8
"""Resolution, in cells a side."""
CHEEKS = (slice(4, 5), slice(2, 6))
"""Rows and columns of the cheeks, of 8x8 cells."""
LOWER_FACE = (slice(4, 7), slice(2, 6))
"""Mouth, chin and neck, likewise: a beard reaches the chin, and its shadow the neck."""
HAIR = ((slice(0, 2), slice(1, 7)), (slice(2, 5), slice(1, 2)), (slice(2, 5), slice(6, 7)))
"""The places of a drawing's hair, likewise: fringe, left and right."""
HAIR_SIDE = 32
"""Resolution at which the photo's hair is looked for."""
DARKNESS_WEIGHT = 2.0
"""Of the photo's hair: highlights do not show its colour."""
NATURAL = (0.6, 0.8)
"""Where green lies between blue and red in natural hair, from brown to blond."""
BROWN = 0.9
"""Least distance of blue and red in it, as a factor of v (1 - v) of its brightest channel v."""
BLACK = 0.1
"""Brightest channel below which that distance fades: black hair stays black."""
TOLD_DARKER, LEAST = 0.09, 0.3
"""How much darker dark hair is told, in [0, 1], and the least factor of its brightness."""
PALE = (0.25, 0.5)
"""Brightness where that begins to fade, and from which on hair is told as it is."""
BROWNER, BROWN_SPARED = (0.3, 0.55), 0.7
"""Saturation where dark hair begins to be brown rather than black, and from which on it is; and the share of
`TOLD_DARKER` that brown hair is spared, or it would become black."""
ALL_DARKER = 0.03
"""How much darker all cells are told, hair included, in [0, 1]."""
VIVID = (0.25, 0.35)
"""Distance of the brightest and the darkest channel where hair begins to be told in its own colour, and from
which on it is."""


def kept_cells(photos: Tensor, hair: Tensor) -> Tensor:
    """The colours to keep.

    Args:
        photos: in a drawing's proportions, float32 in [-1, 1], (N, 3, S, S).
        hair: the colour for the places of hair, (N, 3, 1, 1).

    Returns:
        (N, 3, 8, 8).
    """
    cells = adaptive_avg_pool2d(photos, CELLS)
    return _put(_put(cells, cheeks(cells), LOWER_FACE), hair, *HAIR)


def told_darker(cells: Tensor) -> Tensor:
    """What the decoder is told for these colours in use, since it draws brighter; the shape stays."""
    return (cells - 2 * ALL_DARKER).clamp(min=-1)


def cheeks(cells: Tensor) -> Tensor:
    """Their mean colour: (N, 3, 8, 8) to (N, 3, 1, 1)."""
    return cells[(..., *CHEEKS)].mean((2, 3), keepdim=True)


def hair_colour(photos: Tensor, likely: Tensor) -> Tensor:
    """The mean colour of hair, weighted towards its dark parts.

    Args:
        photos: in a drawing's proportions, float32 in [-1, 1], (N, 3, S, S).
        likely: how likely each pixel is hair, (N, 1, `HAIR_SIDE`, `HAIR_SIDE`): see
            `f2a_methods.projected.hair_finder`.

    Returns:
        (N, 3, 1, 1), in [-1, 1].
    """
    pixels = adaptive_avg_pool2d(photos, HAIR_SIDE)
    dark = torch.exp(-DARKNESS_WEIGHT * (pixels.mean(1, keepdim=True) + 1) / 2)
    return mean_colour(pixels, likely.clamp(min=1e-4) * dark)  # not zero: without hair there is a colour, too


def mean_colour(pixels: Tensor, weights: Tensor) -> Tensor:
    """Their weighted mean: (N, 3, H, W) and (N, 1, H, W) to (N, 3, 1, 1)."""
    return (weights * pixels).sum((2, 3), keepdim=True) / weights.sum((2, 3), keepdim=True)


def told_hair(colours: Tensor) -> Tensor:
    """What the decoder is told for hair to be drawn in these colours: `natural_hair`, and darker than it is.

    Generators draw dark hair 0.1 to 0.15 brighter than they are told. Hair that is darkened afterwards shows
    the edges of what was found; this way it is drawn dark.

    Args:
        colours: float32 in [-1, 1], (N, 3, 1, 1).

    Returns:
        The same.
    """
    natural, found = (natural_hair(colours) + 1) / 2, (colours + 1) / 2
    bright, brightest = natural.mean(1, keepdim=True), found.amax(1, keepdim=True)
    saturation = (brightest - found.amin(1, keepdim=True)) / brightest.clamp(min=0.01)
    darker = TOLD_DARKER * (1 - rising(bright, *PALE)) * (1 - BROWN_SPARED * rising(saturation, *BROWNER))
    return 2 * natural * ((bright - darker) / bright.clamp(min=0.01)).clamp(min=LEAST) - 1


def natural_hair(colours: Tensor) -> Tensor:
    """The nearest colours of natural hair, as bright; vivid ones stay.

    What is behind tints the colour that is found, and generators turn greyish brown into pink and purple.

    Args:
        colours: float32 in [-1, 1], (N, 3, 1, 1).

    Returns:
        The same.
    """
    colour = (colours + 1) / 2
    brightest, darkest = colour.amax(1, keepdim=True), colour.amin(1, keepdim=True)
    distance = torch.maximum(brightest - darkest, least_brown(brightest, BROWN, BLACK))
    natural = from_red_to_blue(brightest, colour[:, 1:2], distance, NATURAL)
    return 2 * (natural + _vivid(colour) * (colour - natural)) - 1


def least_brown(brightest: Tensor, brown: float, black: float) -> Tensor:
    """The least distance of blue from red in natural hair.

    Args:
        brightest: the brightest channel v, in [0, 1].
        brown: the distance as a factor of v (1 - v).
        black: v below which it fades.
    """
    return brown * brightest * (1 - brightest) * (brightest / black).clamp(max=1)


def from_red_to_blue(red: Tensor, green: Tensor, distance: Tensor, limits: tuple[float, float]) -> Tensor:
    """Colours with blue at a distance below red, and green between them: (N, 3, H, W).

    Args:
        red: (N, 1, H, W).
        green: likewise; kept, if it is within the limits.
        distance: likewise.
        limits: where green may lie, as shares of the way from blue to red.
    """
    blue = red - distance
    lowest, highest = (blue + share * distance for share in limits)
    return torch.cat([red, torch.minimum(torch.maximum(green, lowest), highest), blue], 1)


def distance_when_lit(pixels: Tensor, colour: Tensor, light: tuple[float, float]) -> Tensor:
    """The squared distance of pixels from a colour in the shadow or light that fits each of them best.

    Args:
        pixels: in [0, 1], (N, 3, S, S).
        colour: (N, 3, 1, 1).
        light: the least and the greatest factor of the colour.

    Returns:
        (N, 1, S, S).
    """
    lit = (pixels * colour).sum(1, keepdim=True) / (colour * colour).sum(1, keepdim=True).clamp(min=1e-6)
    return ((pixels - lit.clamp(*light) * colour) ** 2).sum(1, keepdim=True)


def _vivid(hair: Tensor) -> Tensor:
    """How vivid hair is, by its colour in [0, 1]: (N, 3, 1, 1) to 0 to 1, (N, 1, 1, 1)."""
    return rising(hair.amax(1, keepdim=True) - hair.amin(1, keepdim=True), *VIVID)


def _put(cells: Tensor, colour: Tensor, *places: tuple[slice, slice]) -> Tensor:
    share = torch.zeros(cells.shape[-2:], device=cells.device)
    for place in places:
        share[place] = 1
    return cells + share * (colour - cells)
