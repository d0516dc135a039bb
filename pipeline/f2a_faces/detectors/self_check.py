"""A simple drawing in which an anime face detector must find one face."""

import numpy as np
from PIL import Image, ImageDraw

from f2a_faces.images import Pixels

SKIN, LINE, HAIR, IRIS = (255, 224, 204), (70, 40, 40), (110, 70, 50), (60, 100, 180)


def plain_face() -> Pixels:
    """One face of about 150 px in a 256 x 256 image, uint8 RGB."""
    image = Image.new("RGB", (1024, 1024), (235, 240, 250))
    pen = ImageDraw.Draw(image)
    pen.ellipse((190, 110, 834, 760), fill=HAIR)
    pen.polygon(
        ((250, 420), (774, 420), (720, 700), (512, 860), (304, 700)), fill=SKIN, outline=LINE, width=8
    )
    bangs = ((230, 480), (270, 260), (760, 260), (794, 480), (660, 360), (560, 470), (440, 350), (330, 460))
    pen.polygon(bangs, fill=HAIR)
    for x in (390, 634):
        _eye(pen, x, 580)
    pen.line(((506, 668), (518, 676)), fill=LINE, width=6)
    pen.arc((462, 690, 562, 750), 20, 160, fill=LINE, width=8)
    return np.asarray(image.resize((256, 256), Image.Resampling.LANCZOS))


def _eye(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.ellipse((x - 72, y - 80, x + 72, y + 80), fill="white")
    pen.ellipse((x - 50, y - 74, x + 50, y + 74), fill=IRIS, outline=LINE, width=6)
    pen.ellipse((x - 24, y - 40, x + 24, y + 40), fill=(20, 20, 40))
    pen.ellipse((x - 36, y - 56, x - 4, y - 16), fill="white")
    pen.ellipse((x + 14, y + 20, x + 32, y + 42), fill="white")
    pen.arc((x - 80, y - 96, x + 80, y + 84), 195, 345, fill=LINE, width=18)
    pen.arc((x - 70, y - 150, x + 70, y - 60), 210, 330, fill=LINE, width=8)
