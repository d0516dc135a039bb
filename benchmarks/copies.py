"""Make copies of a picture, of the kinds that occur with drawings and photos."""

import io
import random
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Make = Callable[[Image.Image, random.Random], Image.Image]
_SMOOTH = Image.Resampling.BICUBIC
_AROUND = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]


def jpeg(quality: int) -> Make:
    """Saved as JPEG."""

    def make(image: Image.Image, _chance: random.Random) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("RGB")

    return make


def halved(image: Image.Image, _chance: random.Random) -> Image.Image:
    """Half the size, and back."""
    return image.resize((image.width // 2, image.height // 2), _SMOOTH).resize(image.size, _SMOOTH)


def closer(image: Image.Image, chance: random.Random) -> Image.Image:
    """Cropped by 5 %, anywhere, and enlarged to the same size."""
    cut = 0.05 * image.width
    x, y = chance.random() * cut, chance.random() * cut
    return image.resize(image.size, _SMOOTH, box=(x, y, x + image.width - cut, y + image.width - cut))


def shifted(image: Image.Image, chance: random.Random) -> Image.Image:
    """Shifted by 4 % in one of eight directions, with the border repeated."""
    step = max(1, round(0.04 * image.width))
    x, y = (step * (1 + way) for way in chance.choice(_AROUND))
    padded = np.pad(np.asarray(image), ((step, step), (step, step), (0, 0)), mode="edge")
    return Image.fromarray(padded[y : y + image.height, x : x + image.width])


def mirrored(image: Image.Image, _chance: random.Random) -> Image.Image:
    """Mirrored."""
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def brighter(image: Image.Image, chance: random.Random) -> Image.Image:
    """Brighter by a fifth to two fifths, clipped."""
    light = np.asarray(image) * (1.2 + 0.2 * chance.random())
    return Image.fromarray(light.clip(0, 255).astype(np.uint8))


def recoloured(image: Image.Image, chance: random.Random) -> Image.Image:
    """All hues turned by 45 to 315 degrees."""
    hue, *rest = image.convert("HSV").split()
    turned = np.asarray(hue) + np.uint8(chance.randrange(32, 225))
    return Image.merge("HSV", [Image.fromarray(turned), *rest]).convert("RGB")


def marked(image: Image.Image, chance: random.Random) -> Image.Image:
    """A watermark: a half-transparent name in a corner, two fifths as wide as the picture."""
    side, text = image.width, "@artist"
    layer = Image.new("RGBA", image.size)
    draw, font = ImageDraw.Draw(layer), ImageFont.load_default(size=max(6, round(0.11 * side)))
    right = 0.97 * side - draw.textlength(text, font=font)
    place = chance.choice([0.03 * side, right]), chance.choice([0.02 * side, 0.85 * side])
    edge = {"stroke_width": 1, "stroke_fill": (0, 0, 0, 160)} if side > 90 else {}
    draw.text(place, text, font=font, fill=(255, 255, 255, 160), **edge)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


KINDS: Mapping[str, Make] = {
    "JPEG, quality 30": jpeg(30),
    "JPEG, quality 60": jpeg(60),
    "JPEG, quality 95": jpeg(95),
    "halved and back": halved,
    "cut by 5 %": closer,
    "shifted by 4 %": shifted,
    "mirrored": mirrored,
    "brighter": brighter,
    "recoloured": recoloured,
    "watermark": marked,
}
"""Each kind of copy, by its name."""
