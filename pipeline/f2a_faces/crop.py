"""Crop a face's box to a square of fixed size.

The manifest's column ``crop_rule`` has the rule's text, and `parse_rule` reads it back, so that new
photos are cropped exactly as the training faces were.
"""

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Literal, get_args

import numpy as np
from PIL import Image

from f2a_faces.images import Pixels
from f2a_manifests import Box, Reason, Square, Unusable

Size = Literal[16, 32, 64, 128, 256, 512]
Preset = Literal["paper", "default", "whole"]
SIZES: tuple[int, ...] = get_args(Size)
_FILTER = Image.Resampling.LANCZOS
_SUPPORT = 3  # pixels to each side that this filter reads, more where it shrinks


class CropError(Unusable):
    """A face cannot be cropped by the rule."""


@dataclass(frozen=True, slots=True)
class CropRule:
    """A rule for cropping a box to a square.

    Attributes:
        name: the preset it came from.
        size: side of the crop in pixels, a power of two.
        padding: side of the square over the longer side of the box.
        lift: how far the square's centre is above the box's, as a share of the box's height.
        min_box: the smallest shorter side of a box, in source pixels.
        max_upscale: the most crop pixels per source pixel.
    """

    name: str
    size: int = 64
    padding: float = 1.0
    lift: float = 0.0
    min_box: int = 0
    max_upscale: float = 1.0

    def __str__(self) -> str:
        """The text of the ``crop_rule`` column, for example ``paper size=64 padding=1.5 ...``."""
        return _text(self)


@cache
def _text(rule: CropRule) -> str:
    options = (f"{field.name}={getattr(rule, field.name):g}" for field in fields(rule)[1:])
    return " ".join((rule.name, *options))


PRESETS: dict[str, CropRule] = {
    # The paper's section on data: the box scaled by a padding ratio, shifted up by a fifth of the
    # face's height, moved inside the image, small faces dropped. It gives no numbers for the ratio
    # and the smallest face; docs/crop.md says how they were read.
    "paper": CropRule("paper", padding=1.5, lift=0.2, min_box=48, max_upscale=4.0),
    # The face and most of its hair, the chin just inside: what both domains' training crops show, and what a
    # 64-pixel generator can draw. Enlarging by more than 1.5 only trains the generator to blur.
    "default": CropRule("default", padding=1.6, lift=0.2, min_box=24, max_upscale=1.5),
    # For sets of face crops.
    "whole": CropRule("whole", max_upscale=4.0),
}


@cache
def rule(name: str, size: int = 64) -> CropRule:
    """A preset at a size.

    Raises:
        ValueError: unknown preset, or a size that is not a power of two from 16 to 512.
    """
    if name not in PRESETS:
        raise ValueError(f"unknown crop rule {name!r}; there are {', '.join(PRESETS)}")
    if size not in SIZES:
        raise ValueError(f"crop size {size} is not one of {SIZES}")
    return replace(PRESETS[name], size=size)


def parse_rule(text: str) -> CropRule:
    """Read a rule back from the text that ``str`` made.

    Raises:
        ValueError: it is not a rule's text.
    """
    name, *options = text.split(" ")
    values = dict(option.split("=", 1) for option in options)
    if set(values) != {field.name for field in fields(CropRule)[1:]}:
        raise ValueError(f"{text!r} is not a crop rule")
    return CropRule(
        name,
        size=int(values["size"]),
        padding=float(values["padding"]),
        lift=float(values["lift"]),
        min_box=int(values["min_box"]),
        max_upscale=float(values["max_upscale"]),
    )


def square(box: Box, width: int, height: int, rule: CropRule) -> Square:
    """The square that a rule crops for a box in an image of that size.

    It is inside the image; if it is larger than the image it shrinks to fit.
    """
    if rule.name == "whole":
        side = float(min(width, height))
        return Square((width - side) / 2, (height - side) / 2, side)
    side = min(max(box.w, box.h) * rule.padding, width, height)
    left = box.x + box.w / 2 - side / 2
    top = box.y + box.h / 2 - rule.lift * box.h - side / 2
    return Square(min(max(left, 0.0), width - side), min(max(top, 0.0), height - side), side)


def crop_face(pixels: Pixels, box: Box, rule: CropRule) -> Pixels:
    """Crop a face and resample it.

    Args:
        pixels: the full image, uint8, height x width x 3.
        box: the face in pixels of that image.
        rule: how to crop.

    Returns:
        uint8, ``rule.size`` x ``rule.size`` x 3.

    Raises:
        CropError: the face is too small for the rule, or its box lies outside the image.
    """
    height, width = pixels.shape[:2]
    return cut(pixels, accepted(box, width, height, rule), rule.size)


def accepted(box: Box, width: int, height: int, rule: CropRule) -> Square:
    """The `square` of a face that the rule accepts.

    Raises:
        CropError: the face is too small for the rule, or its box lies outside the image.
    """
    _check(box, width, height, rule)
    place = square(box, width, height, rule)
    if rule.size > place.side * rule.max_upscale:
        times = rule.size / place.side
        raise CropError(Reason.TOO_SMALL, f"{place.side:.0f} px would be enlarged {times:.1f} times")
    return place


def cut(source: Pixels | Image.Image, place: Square, size: int) -> Pixels:
    """Resample a square of an image, uint8, height x width x 3, to ``size`` x ``size`` x 3."""
    width, height = source.size if isinstance(source, Image.Image) else source.shape[1::-1]
    across, x0, x1 = _read(place.x, place.side, size, width)
    down, y0, y1 = _read(place.y, place.side, size, height)
    image = _part(source, across, down)
    # Pillow's filters widen when shrinking, so the result is antialiased; OpenCV's is not. One axis at a
    # time, because Pillow 13 chooses the order by the image's shape, and the order shows (10 levels).
    columns = image.resize((size, image.height), _FILTER, box=(x0, 0, x1, image.height))
    return np.asarray(columns.resize((size, size), _FILTER, box=(0, y0, size, y1)))


def _part(source: Pixels | Image.Image, across: slice, down: slice) -> Image.Image:
    if isinstance(source, Image.Image):
        return source.crop((across.start, down.start, across.stop, down.stop))
    return Image.fromarray(source[down, across])


def _read(start: float, side: float, size: int, length: int) -> tuple[slice, float, float]:
    """The pixels of an axis that the filter reads, and the start and end of the square in them.

    Pillow keeps the ends of the square as 32-bit floats. Moving those by whole pixels is exact, and so is all
    that Pillow makes of them where ``size`` is a power of two: the result is that of the whole image.
    """
    begin, end = float(np.float32(start)), float(np.float32(start + side))
    reach = _SUPPORT * max(1.0, (end - begin) / size) + 1
    first, last = max(0, int(begin - reach)), min(length, int(end + reach) + 1)
    return slice(first, last), begin - first, end - first


def _check(box: Box, width: int, height: int, rule: CropRule) -> None:
    outside = box.x >= width or box.y >= height or box.x + box.w <= 0 or box.y + box.h <= 0
    if box.w <= 0 or box.h <= 0 or outside:
        raise CropError(Reason.BOX_OUTSIDE, f"{tuple(box)} in {width}x{height} pixels")
    if min(box.w, box.h) < rule.min_box:
        raise CropError(Reason.TOO_SMALL, f"{min(box.w, box.h)} px, the rule requires {rule.min_box}")
