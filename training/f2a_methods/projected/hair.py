"""Give a drawing's hair a natural colour, and darken it to about the photo's.

What is behind a person tints the drawn hair: before a blue wall, brown hair becomes violet. And black hair
becomes brown, because generators draw dark hair brighter than it is (docs/lab/projected.md). Here hair is
found by its place and by the colour of the fringe. It never becomes brighter.
"""

import torch
from torch import Tensor

from f2a_methods.projected.colours import distance_when_lit, from_red_to_blue, least_brown, mean_colour
from f2a_methods.projected.places import blurred_edges, ellipse, positions, rising
from f2a_methods.projected.skin import LIT as LIT_SKIN
from f2a_methods.projected.skin import brightness, cheek_colour

FRINGE = (0.05, 0.3), (0.3, 0.7)
"""Where a drawing has its fringe, down and across, as parts of the side."""
LIT = (0.2, 2.2)
"""Shadow and light on drawn hair, as factors of the fringe's colour."""
ALIKE = 0.15
"""Standard deviation of the distance in colour from the fringe, in [0, 1]."""
NO_SKIN = 0.02
"""Squared distance from the colour of skin from which on a pixel of the fringe counts half."""
NEARER = (0.35, 0.6)
"""Share of a pixel's distance from skin, in the sum with that from the fringe, from which on it may be hair
and from which on it is."""
HEAD, FACE = ((0.5, 0.5), (0.56, 0.47), 0.06), ((0.56, 0.5), (0.22, 0.3), 0.15)
"""Centre, radii and soft edge of the ellipses within which and outside which hair is, down and across."""
UPPER_HEAD, EYES = ((0.34, 0.5), (0.44, 0.42), 0.15), ((0.46, 0.5), (0.13, 0.33), 0.3)
"""Likewise the ellipses within which and outside which hair need not have the colour of the fringe."""
ENDS = (0.72, 0.86)
"""Where hair beside the face fades, as parts of the side: below are clothes."""
BRIGHTNESS, DARKEST = (1.15, 0.02), 0.5
"""Slope and offset of the greatest brightness of a drawing's fringe by that of the photo's hair, in [0, 1],
and the least factor."""
RED, GREEN = 0.96, (0.25, 0.6)
"""Least share of red in the brightest channel of natural hair, and where green lies between blue and red."""
BROWN, BLACK = 0.4, 0.25
"""Least distance of blue from red, as a factor of v (1 - v) of its brightest channel v, and the brightness
below which it fades: black hair may be neutral."""
UNNATURAL = (0.08, 0.16)
"""How far the photo's hair is from the nearest natural colour, in [0, 1], where it begins to keep the hue
that was drawn, and where it keeps all of it. Red hair is natural."""


def with_natural_hair(drawings: Tensor, hair: Tensor, bright: Tensor) -> Tensor:
    """Darken the hair of drawings to about the photo's, and make its hues natural ones, unless it is dyed.

    Args:
        drawings: float32 in [-1, 1], (N, 3, S, S).
        hair: the colour of the photos' hair in a usual light, (N, 3, 1, 1), in [-1, 1]: see
            `colours.hair_colour`.
        bright: likewise, in the photo's own light; only its brightness counts.

    Returns:
        Like the drawings.
    """
    pixels, hair, bright = (drawings + 1) / 2, (hair + 1) / 2, (bright + 1) / 2
    skin = cheek_colour(drawings)
    fringe = _fringe(pixels, skin)
    likely, strands = _places_of_hair(pixels, skin, fringe)
    slope, offset = BRIGHTNESS
    factor = (slope * brightness(bright) + offset) / brightness(fringe)
    pixels = pixels * factor.clamp(DARKEST, 1) ** strands
    unnatural = rising((hair - _natural_hues(hair)).abs().amax(1, keepdim=True), *UNNATURAL)
    return 2 * (pixels + likely * (1 - unnatural) * (_natural_hues(pixels) - pixels)) - 1


def _natural_hues(pixels: Tensor) -> Tensor:
    """The nearest hues of natural hair, from black over brown to blond, as bright: in [0, 1], to the same."""
    red, green, blue = pixels.chunk(3, dim=1)
    brightest = pixels.amax(1, keepdim=True)
    distance = torch.maximum(red - blue, least_brown(brightest, BROWN, BLACK))
    changed = from_red_to_blue(torch.maximum(red, RED * brightest), green, distance, GREEN)
    return (changed * brightness(pixels) / brightness(changed).clamp(min=0.01)).clamp(0, 1)


def _fringe(pixels: Tensor, skin: Tensor) -> Tensor:
    """The mean colour of the fringe without the skin between its strands: (N, 3, 1, 1)."""
    side = pixels.shape[-1]
    rows, columns = (slice(int(start * side), int(end * side)) for start, end in FRINGE)
    seen = pixels[..., rows, columns]
    # Not zero: where all of the fringe is skin, its mean still needs weights.
    distance = distance_when_lit(seen, skin, LIT_SKIN).clamp(min=NO_SKIN / 20)
    return mean_colour(seen, distance / (distance + NO_SKIN))


def _places_of_hair(pixels: Tensor, skin: Tensor, fringe: Tensor) -> tuple[Tensor, Tensor]:
    """How likely each pixel is hair, with the skin between its strands and without: 0 to 1, (N, 1, S, S).

    Skin is not darkened. But natural hues hardly change it, and pale gloss differs from skin only in hue.
    """
    distance = distance_when_lit(pixels, fringe, LIT)
    from_skin = distance_when_lit(pixels, skin, LIT_SKIN)
    side, device = pixels.shape[-1], pixels.device
    any_colour = ellipse(side, *UPPER_HEAD, device) * (1 - ellipse(side, *EYES, device))
    likely = torch.maximum(torch.exp(-distance / (2 * ALIKE**2)), any_colour)
    nearer = rising(from_skin / (distance + from_skin + 1e-4), *NEARER)
    places = _places(pixels)
    return blurred_edges(likely) * places, blurred_edges(likely * nearer) * places


def _places(pixels: Tensor) -> Tensor:
    """Where hair may be: the head above the chin, without the face, (S, S)."""
    side, device = pixels.shape[-1], pixels.device
    head, face = (ellipse(side, *each, device) for each in (HEAD, FACE))
    return head * (1 - face) * (1 - rising(positions(side, device), *ENDS))[:, None]
