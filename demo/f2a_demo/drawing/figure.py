"""One figure: looks, expression and pose, put somewhere in a picture."""

import math
from dataclasses import dataclass

from f2a_demo.drawing.backhair import draw_back, draw_braids, draw_from_behind
from f2a_demo.drawing.body import draw_body
from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.face import box_points, draw_features, draw_glasses, draw_skin
from f2a_demo.drawing.geometry import Transform, about
from f2a_demo.drawing.hair import draw_front, draw_shadow
from f2a_demo.drawing.headwear import draw_headwear
from f2a_demo.drawing.look import Expression, Look, Pose
from f2a_demo.drawing.palette import inks
from f2a_manifests import Box

_NECK = (0.0, 1.1)
_SHOULDERS = Transform(y=0.17, scale=0.85)  # a body a little small for its head


@dataclass(frozen=True, slots=True)
class Figure:
    """A character in a place.

    ``place`` maps head units (the face is 2 wide) to picture pixels, so ``place.scale`` is half the
    face's width in pixels, ``place.x, place.y`` the head's centre when it is not tilted and
    ``place.degrees`` the lean of the whole body.
    """

    look: Look
    expression: Expression
    pose: Pose
    place: Transform

    @property
    def head(self) -> Transform:
        """Head units to picture pixels."""
        return self.place.then(about(*_NECK, self.pose.tilt))

    def box(self, width: int, height: int) -> Box | None:
        """The face in a picture of that size, or nothing if it is turned away or out of the picture.

        The box is upright and tight around the face without hair: as wide as the face, from the
        brow line (below the hairline) to the chin, cut off at the picture's border. This is close
        to what animeface returns. At least half of the face must be inside.
        """
        corners = self.head.apply(box_points(self.pose.turn))
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        x, y = max(0, math.floor(left)), max(0, math.floor(top))
        w, h = min(width, math.ceil(right)) - x, min(height, math.ceil(bottom)) - y
        seen = max(w, 0) * max(h, 0) / ((right - left) * (bottom - top))
        return Box(x, y, w, h) if seen >= 0.5 and not self.pose.back else None


def draw_figure(pen: Pen, figure: Figure, *, monochrome: bool = False) -> None:
    """Paint a figure with a pen in picture pixels, from back to front."""
    look, pose, ink = figure.look, figure.pose, inks(figure.look, monochrome=monochrome)
    body, head = pen.at(figure.place.then(_SHOULDERS)), pen.at(figure.head)
    # Hair falls: what hangs behind follows the head's tilt only halfway.
    hanging = pen.at(figure.place).at(about(*_NECK, pose.tilt / 2))
    if pose.back:
        draw_body(body, look, ink, pose)
        draw_from_behind(head, look, ink)
        return
    draw_back(hanging if look.back in ("long", "wavy") else head, look, ink)
    draw_body(body, look, ink, pose)
    draw_skin(head, ink, pose)
    draw_shadow(head, look, ink, pose)
    draw_features(head, look, ink, figure.expression, pose)
    draw_braids(hanging, look, ink)
    draw_front(head, look, ink, pose)
    if look.glasses:
        draw_glasses(head, ink, pose)
    draw_headwear(head, look.headwear, ink)
