"""Anti-aliased painting: polygons on a canvas of twice the size, reduced at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from f2a_demo.drawing.geometry import Points, Transform
from f2a_demo.drawing.palette import Colour

Pixels = NDArray[np.uint8]
SAMPLES = 2
"""Canvas pixels per picture pixel and axis; OpenCV smooths the edges of each shape besides."""
_BAND = 32  # rows that are mixed at a time
_SHIFT = 4  # OpenCV's fixed-point coordinates: 1/16 pixel


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws local shapes on shared pixels (RGB) through a transform."""

    pixels: Pixels
    frame: Transform

    def at(self, inner: Transform) -> "Pen":
        """A pen for a frame inside this one."""
        return Pen(self.pixels, self.frame.then(inner))

    def fill(self, shape: Points, colour: Colour, alpha: float = 1.0) -> None:
        """Fill a polygon."""
        corners = self._fixed(shape)
        if alpha >= 1:
            cv2.fillPoly(self.pixels, [corners], colour, cv2.LINE_AA, _SHIFT)
            return
        with self._layer(shape) as (layer, mask):
            _lay(layer.pixels, np.array(colour, np.float32), mask * np.float32(alpha / 255))

    def line(self, shape: Points, colour: Colour, width: float, *, closed: bool = False) -> None:
        """Draw a line of constant width (local units, at least 1 picture pixel)."""
        thick = max(SAMPLES, round(width * self.frame.scale))
        cv2.polylines(self.pixels, [self._fixed(shape)], closed, colour, thick, cv2.LINE_AA, _SHIFT)

    def shape(self, shape: Points, colour: Colour, ink: Colour, width: float = 0.03) -> None:
        """Fill a polygon and draw its outline."""
        self.fill(shape, colour)
        self.line(shape, ink, width, closed=True)

    def shade(self, shape: Points, top: Colour, bottom: Colour) -> None:
        """Fill a polygon with a gradient from its highest to its lowest point on screen."""
        with self._layer(shape) as (layer, mask):
            ramp = np.linspace(top, bottom, len(layer.pixels)).astype(np.float32)
            _lay(layer.pixels, ramp[:, None], mask * np.float32(1 / 255))

    def glow(self, x: float, y: float, radius: float, colour: Colour, alpha: float) -> None:
        """A soft round spot."""
        square = np.array([[x - radius, y - radius], [x + radius, y + radius]])
        low, high = np.sort(self.frame.apply(square), axis=0)
        region, (left, top) = self._region(low, high)
        rows, columns = np.ogrid[: region.shape[0], : region.shape[1]]
        centre, reach = (low + high) / 2 - (left, top), np.maximum((high - low) / 2, 1)
        far = ((columns - centre[0]) / reach[0]) ** 2 + ((rows - centre[1]) / reach[1]) ** 2
        _lay(region, np.array(colour, np.float32), (alpha * np.clip(1 - far, 0, 1) ** 2).astype(np.float32))

    @contextmanager
    def clip(self, shape: Points) -> Iterator["Pen"]:
        """A pen whose marks stay inside the shape."""
        with self._layer(shape) as (layer, mask):
            inner = Pen(layer.pixels.copy(), layer.frame)
            yield inner
            _lay(layer.pixels, inner.pixels, mask * np.float32(1 / 255))

    @contextmanager
    def _layer(self, shape: Points) -> Iterator[tuple["Pen", Pixels]]:
        """The rectangle around a shape, as a separate pen, and the shape's coverage (0 to 255) in it."""
        outer = self.frame.apply(shape)
        region, (left, top) = self._region(outer.min(axis=0), outer.max(axis=0))
        mask = np.zeros(region.shape[:2], np.uint8)
        if mask.size:
            moved = np.round((outer - (left, top)) * (1 << _SHIFT)).astype(np.int32)
            cv2.fillPoly(mask, [moved], 255, cv2.LINE_AA, _SHIFT)
            yield Pen(region, Transform(x=-left, y=-top).then(self.frame)), mask
        else:
            yield Pen(np.zeros((1, 1, 3), np.uint8), self.frame), np.zeros((1, 1), np.uint8)

    def _region(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[Pixels, tuple[int, int]]:
        height, width = self.pixels.shape[:2]
        left, top = (int(v) for v in np.clip(np.floor(low) - 1, 0, (width, height)))
        right, bottom = (int(v) for v in np.clip(np.ceil(high) + 2, 0, (width, height)))
        return self.pixels[top:bottom, left:right], (left, top)

    def _fixed(self, shape: Points) -> NDArray[np.int32]:
        return np.round(self.frame.apply(shape) * (1 << _SHIFT)).astype(np.int32)


def blank(width: int, height: int, colour: Colour) -> Pen:
    """A canvas of a picture's size in one colour, and a pen in picture pixels."""
    pixels = np.empty((height * SAMPLES, width * SAMPLES, 3), np.uint8)
    cv2.rectangle(pixels, (0, 0), pixels.shape[1::-1], colour, cv2.FILLED)
    return Pen(pixels, Transform(scale=SAMPLES))


def reduced(pen: Pen) -> Pixels:
    """The finished picture: uint8, H x W x 3, RGB."""
    height, width = pen.pixels.shape[0] // SAMPLES, pen.pixels.shape[1] // SAMPLES
    return np.asarray(cv2.resize(pen.pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _lay(below: Pixels, above: Pixels | NDArray[np.float32], weight: NDArray[np.float32]) -> None:
    """Mix what lies above into what lies below, some rows at a time, which stay in the processor's cache."""
    over = np.broadcast_to(above, below.shape)
    for top in range(0, len(below), _BAND):
        rows = slice(top, top + _BAND)
        under = below[rows].astype(np.float32)
        share = weight[rows]
        mixed = over[rows].astype(np.float32) - under
        mixed *= cv2.merge((share, share, share))  # to NumPy, channels that share a number are tiny rows
        mixed += under
        mixed += np.float32(0.5)
        below[rows] = mixed.astype(np.uint8)
