"""Colours with their Danbooru names, and the tints and shades that cel shading takes from them."""

from collections.abc import Callable
from dataclasses import dataclass

from f2a_demo.drawing.look import Look

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

WHITE: Colour = (255, 255, 255)
PAPER: Colour = (252, 250, 246)

HAIR: dict[str, Colour] = {
    "black": (64, 60, 80),
    "brown": (134, 88, 66),
    "blonde": (246, 210, 124),
    "orange": (238, 144, 78),
    "red": (198, 70, 76),
    "pink": (246, 164, 190),
    "purple": (154, 118, 196),
    "blue": (96, 142, 214),
    "aqua": (132, 208, 218),
    "green": (118, 178, 130),
    "grey": (156, 160, 172),
    "white": (232, 232, 242),
}
EYES: dict[str, Colour] = {
    "blue": (62, 128, 222),
    "aqua": (40, 178, 196),
    "green": (58, 162, 98),
    "yellow": (228, 168, 40),
    "brown": (146, 88, 54),
    "red": (212, 58, 70),
    "pink": (230, 98, 150),
    "purple": (136, 86, 204),
}
SKIN: dict[str, Colour] = {
    "pale": (255, 236, 224),
    "light": (255, 224, 204),
    "tan": (236, 188, 154),
    "dark": (176, 120, 92),
}
CLOTHES: dict[str, Colour] = {
    "white": (244, 244, 248),
    "black": (70, 70, 86),
    "navy": (66, 84, 138),
    "red": (206, 76, 84),
    "pink": (246, 178, 196),
    "yellow": (248, 214, 118),
    "green": (112, 168, 128),
    "blue": (122, 170, 226),
    "purple": (156, 132, 200),
    "beige": (230, 210, 180),
}


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """``first`` with ``share`` (0 to 1) of ``second`` in it."""
    r, g, b = (round(a + (c - a) * share) for a, c in zip(first, second, strict=True))
    return r, g, b


def shadow(colour: Colour, depth: float = 0.18) -> Colour:
    """What cel shading puts beside a colour: darker, towards violet."""
    r, g, b = (round(c * (1 - depth * share)) for c, share in zip(colour, (0.85, 1.3, 0.8), strict=True))
    return mix((r, g, b), (110, 80, 160), depth * 0.3)


def ink_of(colour: Colour) -> Colour:
    """The outline of something of that colour: nearly black, with a trace of it."""
    return mix(colour, (52, 32, 48), 0.78)


def grey(colour: Colour) -> Colour:
    """Line art: light colours become paper, middle ones light grey, dark ones dark."""
    level = (299 * colour[0] + 587 * colour[1] + 114 * colour[2]) // 1000
    step = 255 if level > 190 else 214 if level > 120 else 150 if level > 80 else 60
    return step, step, step


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of one figure."""

    skin: Colour
    skin_shade: Colour
    blush: Colour
    mouth: Colour
    tear: Colour
    line: Colour
    hair: Colour
    hair_shade: Colour
    hair_light: Colour
    hair_line: Colour
    iris: Colour
    cloth: Colour
    cloth_shade: Colour
    accent: Colour
    accent_shade: Colour
    cloth_line: Colour


def inks(look: Look, *, monochrome: bool = False) -> Inks:
    """Mix a figure's colours."""
    tone: Callable[[Colour], Colour] = grey if monochrome else lambda colour: colour
    skin = WHITE if monochrome else SKIN[look.skin]
    hair = tone(HAIR[look.hair])
    cloth, accent = tone(CLOTHES[look.cloth]), tone(CLOTHES[look.accent])
    return Inks(
        skin=skin,
        skin_shade=(222, 222, 222) if monochrome else mix(shadow(skin, 0.1), (236, 120, 110), 0.16),
        blush=(196, 196, 196) if monochrome else mix(skin, (250, 96, 110), 0.55),
        mouth=(90, 90, 90) if monochrome else (192, 74, 84),
        tear=(150, 150, 150) if monochrome else (120, 178, 236),
        line=(30, 30, 30) if monochrome else ink_of(mix(skin, (140, 60, 50), 0.5)),
        hair=hair,
        hair_shade=_plain(hair, 34) if monochrome else shadow(hair, 0.2),
        hair_light=_plain(hair, -40) if monochrome else mix(hair, WHITE, 0.5),
        hair_line=(24, 24, 24) if monochrome else ink_of(hair),
        iris=(120, 120, 120) if monochrome else EYES[look.eyes],
        cloth=cloth,
        cloth_shade=_plain(cloth, 30) if monochrome else shadow(cloth, 0.16),
        accent=accent,
        accent_shade=_plain(accent, 30) if monochrome else shadow(accent, 0.18),
        cloth_line=(30, 30, 30) if monochrome else ink_of(cloth),
    )


def _plain(colour: Colour, darker: int) -> Colour:
    level = min(255, max(20, colour[0] - darker))
    return level, level, level
