"""Neck, clothes, arms and legs.

Body units are head units: the neck begins under the chin at y = 1, the shoulders are at y = 1.95,
the skirt ends at y = 5.5 and the soles are at y = 8.8.
"""

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.clothes import draw_front
from f2a_demo.drawing.geometry import Pair, Points, bow, curve, join, mirrored, moved, oval, points, ribbon
from f2a_demo.drawing.look import Look, Pose
from f2a_demo.drawing.palette import WHITE, Inks, mix

SOLES = 8.8
_SKIRTS = {"sailor", "dress", "blazer"}


def draw_body(pen: Pen, look: Look, inks: Inks, pose: Pose) -> None:
    """Everything below the head."""
    _legs(pen, look, inks)
    if pose.arms in ("behind", "hips"):
        _arms(pen, look, inks, pose)
    _hips(pen, look, inks)
    _torso(pen, inks)
    _neck(pen, inks)
    if not pose.back:
        draw_front(pen, look.outfit, inks)
    if pose.arms in ("down", "wave"):
        _arms(pen, look, inks, pose)


def torso() -> Points:
    """Shoulders to waist."""
    half = curve((0.3, 1.5), (0.5, 1.7), (0.86, 1.84), (1.0, 2.1), (0.86, 2.8), (0.74, 3.5), (0.84, 4.1))
    return join(half, mirrored(half))


def _neck(pen: Pen, inks: Inks) -> None:
    side = curve((0.29, 0.8), (0.26, 1.3), (0.36, 1.58))
    pen.fill(join(side, points((0, 1.95)), mirrored(side)), inks.skin)
    for line in (side, mirrored(side)):
        pen.line(line, inks.line, 0.03)
    pen.fill(
        join(
            points((0.29, 0.9), (0.275, 1.3)),
            curve((0.275, 1.3), (0.0, 1.52), (-0.275, 1.3)),
            points((-0.29, 0.9)),
        ),
        inks.skin_shade,
    )


def _torso(pen: Pen, inks: Inks) -> None:
    shape = torso()
    with pen.clip(shape) as cloth:
        cloth.fill(shape, inks.cloth)
        cloth.fill(
            join(curve((0.8, 1.6), (0.62, 2.8), (0.58, 4.2)), points((1.4, 4.2), (1.4, 1.6))),
            inks.cloth_shade,
        )
        cloth.fill(oval(0, 1.35, 0.75, 0.5), inks.cloth_shade)
    pen.line(shape, inks.cloth_line, 0.032, closed=True)


def _hips(pen: Pen, look: Look, inks: Inks) -> None:
    if look.outfit in _SKIRTS:
        return _skirt(pen, inks.cloth if look.outfit == "dress" else inks.accent, inks)
    if look.outfit == "kimono":
        side = curve((0.8, 3.8), (1.02, 5.0), (0.92, 8.2))
        pen.shape(join(side, mirrored(side)), inks.cloth, inks.cloth_line)
        return pen.line(bow((0.1, 4.0), (-0.2, 8.2), 0.03), inks.cloth_shade, 0.06)
    shorts = join(
        curve((0.8, 3.9), (1.0, 4.6), (1.0, 5.5)),
        points((0.1, 5.5), (0, 4.9), (-0.1, 5.5)),
        curve((-1.0, 5.5), (-1.0, 4.6), (-0.8, 3.9)),
    )
    return pen.shape(shorts, inks.accent, inks.cloth_line)


def _skirt(pen: Pen, colour: tuple[int, int, int], inks: Inks) -> None:
    hem = [
        (x, 5.5 + (0.1 if i % 2 else -0.02) - 0.12 * abs(x))
        for i, x in enumerate((1.5, 1.1, 0.75, 0.38, 0, -0.38, -0.75, -1.1, -1.5))
    ]
    whole = join(
        curve((0.78, 3.8), (0.95, 4.3), hem[0]), points(*hem), curve(hem[-1], (-0.95, 4.3), (-0.78, 3.8))
    )
    pen.shape(whole, colour, inks.cloth_line)
    for x, y in hem[1:-1:2]:
        pen.fill(points((x * 0.62, 4.1), (x, y), (x + 0.22, y - 0.1)), mix(colour, (60, 50, 110), 0.22))


def _legs(pen: Pen, look: Look, inks: Inks) -> None:
    for side in (-1, 1):
        line = curve((side * 0.48, 4.4), (side * 0.5, 6.0), (side * 0.46, 7.2), (side * 0.44, 8.5))
        pen.shape(ribbon(line, (0.86, 0.66, 0.56, 0.36)), inks.skin, inks.line)
        sock = line[len(line) // 2 + 2 * (look.seed % 3) :]
        pen.shape(ribbon(sock, (0.6, 0.5, 0.37)), inks.cloth if look.seed % 2 else WHITE, inks.cloth_line)
        shoe = join(
            curve((side * 0.22, 8.35), (side * 0.2, 8.75), (side * 0.4, SOLES), (side * 0.86, SOLES)),
            curve((side * 0.86, SOLES), (side * 0.82, 8.6), (side * 0.64, 8.35)),
        )
        pen.shape(shoe, inks.accent_shade, inks.cloth_line)


_ARMS: dict[str, tuple[Pair, ...]] = {
    "down": ((0.8, 2.1), (1.14, 2.95), (1.24, 4.0)),
    "hips": ((0.8, 2.1), (1.5, 2.95), (0.9, 3.7)),
    "behind": ((0.8, 2.1), (1.22, 3.0), (0.8, 4.0)),
    "wave": ((0.8, 2.12), (1.62, 2.75), (1.82, 1.45)),
}


_SLEEVES = {
    "kimono": (0.5, 0.56, 0.9),
    "dress": (0.5, 0.7, 0.5),
    "hoodie": (0.52, 0.5, 0.4),
    "blazer": (0.48, 0.44, 0.36),
}


def _arms(pen: Pen, look: Look, inks: Inks, pose: Pose) -> None:
    for side in (-1, 1):
        kind = "down" if pose.arms == "wave" and side < 0 else pose.arms
        line = curve(*((side * x, y) for x, y in _ARMS[kind]), steps=9)
        _hand(pen, inks, line, side, wave=kind == "wave")
        pen.shape(ribbon(line, (0.4, 0.36, 0.26)), inks.skin, inks.line)
        long = look.outfit in ("hoodie", "blazer", "kimono")
        _sleeve(
            pen, inks, line if long else line[: len(line) // 2], _SLEEVES.get(look.outfit, (0.48, 0.5, 0.5))
        )


def _sleeve(pen: Pen, inks: Inks, line: Points, widths: tuple[float, ...]) -> None:
    shape, (x, y) = ribbon(line, widths), line[0]
    shoulder = oval(float(x), float(y), widths[0] / 2, widths[0] / 2)
    pen.shape(shoulder, inks.cloth, inks.cloth_line)
    pen.shape(shape, inks.cloth, inks.cloth_line)
    pen.fill(oval(float(x), float(y), widths[0] / 2 - 0.015, widths[0] / 2 - 0.015), inks.cloth)
    with pen.clip(shape) as cloth:
        cloth.fill(ribbon(moved(line, 0.18, 0.06), (0.05, 0.2, 0.3)), inks.cloth_shade)


def _hand(pen: Pen, inks: Inks, arm: Points, side: int, *, wave: bool) -> None:
    x, y = float(arm[-1, 0]), float(arm[-1, 1])
    if not wave:
        pen.shape(oval(x, y + 0.14, 0.19, 0.24), inks.skin, inks.line)
        return
    for lean in (-0.26, -0.1, 0.07, 0.24):
        finger = curve((x + lean * 0.6, y - 0.2), (x + lean * 1.3, y - 0.62))
        pen.shape(ribbon(finger, (0.15, 0.15, 0.1)), inks.skin, inks.line, 0.025)
    pen.shape(
        ribbon(curve((x - side * 0.1, y - 0.1), (x - side * 0.36, y - 0.32)), (0.15, 0.1)),
        inks.skin,
        inks.line,
        0.025,
    )
    pen.shape(oval(x, y - 0.16, 0.22, 0.24), inks.skin, inks.line, 0.025)
    pen.fill(oval(x, y - 0.2, 0.19, 0.2), inks.skin)
