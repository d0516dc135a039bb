"""The face without hair: contour, ears, nose, mouth, cheeks, brows and glasses.

Head units: the face is 2 wide, x from -1 to 1; the eyes are at y = 0.15, the chin at y = 1.15.
"""

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.eyes import eye
from f2a_demo.drawing.geometry import Points, Transform, bow, curve, join, mirrored, oval, points, ribbon
from f2a_demo.drawing.look import Expression, Look, Pose
from f2a_demo.drawing.mouth import draw_mouth
from f2a_demo.drawing.palette import WHITE, Inks, mix

BROW_LINE = -0.5
"""Top of the face box: just above the brows, below the hairline."""
CHIN = 1.15


def contour(turn: float) -> Points:
    """The face's outline from skull to chin; the far cheek is flatter and the chin follows the turn."""
    half = curve(
        (0, -1.45),
        (0.62, -1.25),
        (0.97, -0.6),
        (1, 0.1),
        (0.95, 0.48),
        (0.74, 0.83),
        (0.36, 1.05),
        (0.07, CHIN),
    )
    whole = join(half, mirrored(half))
    low = (whole[:, 1] + 0.6).clip(0, None) / 1.75
    whole[:, 0] *= 1 - 0.1 * abs(turn) * low * (whole[:, 0] * turn > 0)
    whole[:, 0] += 0.26 * turn * low**2
    return whole


def box_points(turn: float) -> Points:
    """The points whose bounds are the face box: the contour from the brow line down."""
    whole = contour(turn)
    return whole[whole[:, 1] >= BROW_LINE]


def draw_skin(pen: Pen, inks: Inks, pose: Pose) -> None:
    """Ears and the bare face, one on the other."""
    for side in (-1, 1):
        x = side * 0.98 - 0.06 * pose.turn
        pen.shape(oval(x, 0.22, 0.11, 0.2), inks.skin, inks.line)
        pen.line(curve((x, 0.08), (x + side * 0.05, 0.2), (x, 0.32)), inks.skin_shade, 0.03)
    pen.shape(contour(pose.turn), inks.skin, inks.line)


def draw_features(pen: Pen, look: Look, inks: Inks, expression: Expression, pose: Pose) -> None:
    """Everything between brows and chin."""
    shift = 0.3 * pose.turn
    with pen.clip(contour(pose.turn)) as skin:
        for side in (-1, 1):
            _cheek(skin.at(Transform(x=side * 0.6 + shift, y=0.58)), inks, expression)
    for side in (-1, 1):
        near = 1 - 0.2 * max(0.0, side * pose.turn)
        frame = Transform(x=side * 0.47 * near + shift, y=0.15, degrees=side * -look.lids, mirror=side < 0)
        kind = expression.right_eye if side > 0 else expression.left_eye
        eye(pen.at(frame), inks, kind, (look.eye_size * near, look.eye_size))
        _brow(
            pen.at(Transform(x=side * 0.47 * near + shift, y=-0.36, mirror=side < 0)), inks, expression.brows
        )
        if expression.tear:
            _tear(pen.at(Transform(x=side * 0.62 + shift, y=0.5)), inks)
    _nose(pen.at(Transform(x=shift * 1.25, y=0.58)), inks, pose.turn)
    draw_mouth(pen.at(Transform(x=shift * 1.1, y=0.83, scale=0.9)), expression.mouth, inks)


def draw_glasses(pen: Pen, inks: Inks, pose: Pose) -> None:
    """Round-cornered frames with a glint."""
    shift, frame = 0.3 * pose.turn, mix(inks.accent_shade, (40, 30, 50), 0.6)
    for side in (-1, 1):
        lens = Transform(x=side * 0.47 * (1 - 0.2 * max(0.0, side * pose.turn)) + shift, y=0.2)
        inner = pen.at(lens)
        rim = curve(
            (-0.36, -0.26), (0.36, -0.26), (0.38, 0.05), (0.2, 0.32), (-0.2, 0.32), (-0.38, 0.05), closed=True
        )
        inner.fill(rim, WHITE, 0.16)
        inner.fill(points((-0.1, -0.24), (0.02, -0.24), (-0.16, 0.26), (-0.26, 0.26)), WHITE, 0.4)
        inner.line(rim, frame, 0.045, closed=True)
        pen.line(points((lens.x + side * 0.37, 0.05), (side * 0.98, 0.02)), frame, 0.045)
    pen.line(bow((shift - 0.11, 0.08), (shift + 0.11, 0.08), 0.2), frame, 0.045)


def _cheek(pen: Pen, inks: Inks, expression: Expression) -> None:
    pen.glow(0, 0, 0.34, inks.blush, 0.75 if expression.blush else 0.3)
    if expression.blush:
        for x in (-0.12, 0, 0.12):
            pen.line(points((x + 0.03, -0.05), (x - 0.03, 0.06)), inks.blush, 0.03)


def _brow(pen: Pen, inks: Inks, anger: float) -> None:
    colour = mix(inks.hair_line, inks.hair, 0.25)
    arc = curve((-0.2, 0.02 + 0.09 * anger), (0.02, -0.07), (0.27, 0.03 - 0.07 * anger))
    pen.fill(ribbon(arc, (0.03, 0.065, 0.05, 0)), colour)


def _tear(pen: Pen, inks: Inks) -> None:
    drop = curve((0, -0.14), (0.07, 0.05), (0, 0.13), (-0.07, 0.05), closed=True)
    pen.shape(drop, mix(inks.tear, WHITE, 0.7), inks.tear, 0.02)


def _nose(pen: Pen, inks: Inks, turn: float) -> None:
    lean = 0.05 if turn >= 0 else -0.05
    pen.fill(points((0, -0.07), (lean, 0.03), (-lean * 0.6, 0.05)), inks.skin_shade)
    pen.fill(ribbon(curve((lean * 0.6, -0.03), (lean, 0.02), (0, 0.045)), (0, 0.035, 0)), inks.line)
