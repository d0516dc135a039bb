"""Light: augmentation (exposure, white balance, uneven light, blurred parts), and correction of the exposure.

Photo sets have few dark pictures, and drawings are bright. A generator that is trained on them smears dark
photos, and discriminators that have seen no dark drawings accept none. With the same augmentation in both
domains, a dark photo may become a dark drawing.
"""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, interpolate, pad

from f2a_methods.processes import random_each, sample
from f2a_methods.projected.colours import CELLS, cheeks
from f2a_methods.projected.places import positions

SHARE = 0.35
"""Of the faces in a batch whose exposure is changed."""
GAMMA = (0.67, 2.46)
"""Range of the gamma correction, log-uniform; above 1 is darker."""
BALANCE = 0.04
"""Standard deviation of the logarithm of a colour channel's gain; the largest gain is 1."""
SHARE_SHADED = 0.6
"""Of the photos in a batch that get uneven light."""
SHARE_BLURRED = 0.4
"""Of the photos in a batch that get a blurred rectangle."""
BLUR_SIDE = (0.15, 0.4)
"""Range of the sides of that rectangle, as parts of the face's side."""
BLUR_CELLS = 8
"""Resolution inside it, in cells a side."""
USUAL = (0.45, 0.72)
"""Range of the cheeks' brightness, in [0, 1], that needs no correction: three photos of four are within."""
TINT, TINTS = (0.248, -0.073, -0.239), 0.15
"""The usual logarithms of red, green and blue of the cheeks by their mean (the median of 98 photos), and by
how much they may differ without a correction."""
KEPT, KEPT_TINT = 0.25, 0.5
"""How much of the distance from these ranges is kept, so that skin stays darker than other, and tinted."""
STEEPEST = 2.0
"""Largest gamma of the correction. Faces that are nearly white would need up to 13, which makes shadows black
and skin orange. The rest of their correction is a factor."""
LIGHT_CELLS = 3
"""Resolution of the random light, in cells a side; it is interpolated between them."""
UNEVEN = 0.45
"""Standard deviation of its logarithm."""


def random_exposure(faces: Tensor) -> Tensor:
    """Change exposure and white balance of some faces at random, from torch's generator.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        The same.
    """
    brightest, darkest = torch.tensor(GAMMA).log().tolist()
    gamma = (brightest + (darkest - brightest) * random_each(faces)).exp()
    gains = (BALANCE * sample(torch.randn, len(faces), 3, 1, 1, device=faces.device)).exp()
    colours = ((faces + 1) / 2).clamp(0, 1) ** gamma * (gains / gains.amax(1, keepdim=True))
    return torch.where(random_each(faces) < SHARE, 2 * colours - 1, faces)


def random_shading(faces: Tensor) -> Tensor:
    """Light some faces unevenly at random, from torch's generator.

    Only the generator's input is changed, not its targets: without it, light from one side, hard shadows and
    overexposed cheeks become smears. The mean of the logarithm of the gain is 0 over each face, so that dark
    faces stay dark.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        The same.
    """
    field = sample(torch.randn, len(faces), 1, LIGHT_CELLS, LIGHT_CELLS, device=faces.device)
    field = UNEVEN * (field - field.mean((2, 3), keepdim=True))
    gain = interpolate(field, size=faces.shape[-2:], mode="bicubic", align_corners=True).exp()
    lit = ((faces + 1) / 2 * gain).clamp(0, 1)
    return torch.where(random_each(faces) < SHARE_SHADED, 2 * lit - 1, faces)


def corrected(photos: Tensor) -> Tensor:
    """Correct white balance and exposure of photos whose cheeks are unusual: gains, then a gamma.

    Drawings of very dark faces had blots for mouths, those of overexposed ones no features at all, and those
    of faces in red light were smeared.

    Args:
        photos: in a drawing's proportions, float32 in [-1, 1], (N, 3, S, S).

    Returns:
        The same. Of two photos with the same white balance the darker one stays the darker one.
    """
    light = (photos + 1) / 2
    skin = _possible(cheeks(adaptive_avg_pool2d(light, CELLS)))
    mean, usual = skin.mean(1, keepdim=True), torch.tensor(TINT, device=photos.device).view(3, 1, 1)
    tint = (skin / mean).log()
    gains = (nearer(tint, usual - TINTS, usual + TINTS, KEPT_TINT) - tint).exp()
    gains = gains * mean / (gains * skin).mean(1, keepdim=True)
    goal = nearer(mean, *USUAL, KEPT)
    gamma = (goal.log() / mean.log()).clamp(max=STEEPEST)
    return 2 * (light * gains).clamp(1e-4, 1) ** gamma * (goal / mean**gamma) - 1


def nearer(values: Tensor, lowest: float | Tensor, highest: float | Tensor, kept: float) -> Tensor:
    """Move values outside of a range towards it.

    Args:
        values: of any shape.
        lowest: the range, like the values or broadcast to them.
        highest: likewise.
        kept: how much of the distance from the range is kept.
    """
    nearest = torch.maximum(torch.minimum(values, torch.as_tensor(highest)), torch.as_tensor(lowest))
    return nearest + kept * (values - nearest)


def _possible(light: Tensor) -> Tensor:
    """Without black and white, which a gamma does not change."""
    return light.clamp(0.02, 0.98)


def random_blur(faces: Tensor) -> Tensor:
    """Blur a rectangle of some faces at random, from torch's generator.

    The generator learns to complete what glasses, hands, beards and hard shadows hide.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        The same.
    """
    count, side, device = len(faces), faces.shape[-1], faces.device
    sides, centres = sample(torch.rand, count, 2, 2, 1, device=device).unbind(1)
    sides = BLUR_SIDE[0] + (BLUR_SIDE[1] - BLUR_SIDE[0]) * sides
    pixels = positions(side, device)
    rows, columns = ((pixels - centres).abs() < sides / 2).unbind(1)
    hidden = rows[:, None, :, None] & columns[:, None, None, :] & (random_each(faces) < SHARE_BLURRED)
    return torch.where(hidden, blurred(faces, side), faces)


def blurred(faces: Tensor, side: int) -> Tensor:
    """Faces at a resolution of `BLUR_CELLS`: (N, 3, S, S), to the same.

    ``side`` is S, a constant for the ONNX exporter, which does not know it everywhere.
    """
    cells = avg_pool2d(faces, side // BLUR_CELLS)
    return interpolate(cells, size=(side, side), mode="bilinear", align_corners=False)


def evenly_lit(cells: Tensor, rows: int, columns: int) -> Tensor:
    """Average each cell with its mirror image, so that both halves of the face have the same light.

    Args:
        cells: colours, (N, 3, C, C).
        rows: cells above and below the face, which stay as they are.
        columns: likewise on its left and right.

    Returns:
        The same shape.
    """
    face = cells[..., rows:-rows, columns:-columns]
    margins = (columns, columns, rows, rows)
    return torch.where(
        pad(torch.ones_like(face), margins) > 0, pad((face + face.flip(-1)) / 2, margins), cells
    )
