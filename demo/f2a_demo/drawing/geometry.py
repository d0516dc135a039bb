"""Points, curves and transforms: everything is drawn from polygons of smooth curves.

Points are float64 arrays of shape N x 2 in local units, x to the right and y down.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Transform:
    """A similarity: mirror, then scale, then rotate (degrees, clockwise on screen), then move."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    degrees: float = 0.0
    mirror: bool = False

    def apply(self, points: Points) -> Points:
        """Map local points to the outer frame."""
        flipped = points * (-1.0 if self.mirror else 1.0, 1.0)
        angle = math.radians(self.degrees)
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        moved: Points = flipped @ turn * self.scale + (self.x, self.y)
        return moved

    def then(self, inner: "Transform") -> "Transform":
        """Put a frame inside this one: ``outer.then(inner).apply(p) == outer.apply(inner.apply(p))``."""
        ((x, y),) = self.apply(np.array([[inner.x, inner.y]]))
        sign = -1.0 if self.mirror else 1.0
        return Transform(
            x=float(x),
            y=float(y),
            scale=self.scale * inner.scale,
            degrees=self.degrees + sign * inner.degrees,
            mirror=self.mirror != inner.mirror,
        )


def about(x: float, y: float, degrees: float) -> Transform:
    """Rotate about a point that stays where it is."""
    ((dx, dy),) = Transform(degrees=degrees).apply(np.array([[x, y]]))
    return Transform(x=x - float(dx), y=y - float(dy), degrees=degrees)


def points(*pairs: Pair) -> Points:
    """The corners of a polygon."""
    return np.array(pairs, dtype=np.float64)


def curve(*pairs: Pair, closed: bool = False, steps: int = 7) -> Points:
    """A smooth line through all points (uniform Catmull-Rom spline)."""
    p = points(*pairs)
    around = np.vstack([p[-1:], p, p[:2]]) if closed else np.vstack([p[:1], p, p[-1:]])
    a, b, c, d = around[:-3, None], around[1:-2, None], around[2:-1, None], around[3:, None]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    line = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    flat: Points = line.reshape(-1, 2)
    return flat if closed else np.vstack([flat, p[-1:]])


def bow(start: Pair, end: Pair, bend: float, steps: int = 7) -> Points:
    """A quadratic curve whose middle is off the straight line by ``bend`` of its length, to the left."""
    a, b = np.array(start), np.array(end)
    along = b - a
    control = (a + b) / 2 + 2 * bend * np.array([along[1], -along[0]])
    t = np.linspace(0, 1, steps)[:, None]
    arc: Points = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
    return arc


def oval(x: float, y: float, rx: float, ry: float, steps: int = 28) -> Points:
    """An ellipse."""
    t = np.linspace(0, 2 * math.pi, steps, endpoint=False)
    return np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=1)


def join(*lines: Points) -> Points:
    """One outline from several lines, with a corner at each joint."""
    return np.vstack(lines)


def moved(line: Points, x: float, y: float) -> Points:
    """The same somewhere else."""
    offset: Points = np.add(line, (x, y))
    return offset


def mirrored(line: Points) -> Points:
    """The same on the other side of x = 0, in reverse order, so that outlines can be closed with it."""
    return line[::-1] * (-1.0, 1.0)


def ribbon(line: Points, widths: Sequence[float]) -> Points:
    """A band along a line; the widths are spread evenly over it (0 at an end makes a point)."""
    step = np.gradient(line, axis=0)
    normal = np.stack([-step[:, 1], step[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    at = np.linspace(0, len(widths) - 1, len(line))
    half = np.interp(at, np.arange(len(widths)), widths)[:, None] / 2
    return np.vstack([line + normal * half, (line - normal * half)[::-1]])
