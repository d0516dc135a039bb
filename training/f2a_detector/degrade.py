"""Degrading scenes as images on the web are degraded: colour, light, grey, lines, blur, noise and JPEG."""

import cv2
import numpy as np

from f2a_faces.images import Pixels


def degrade(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Each kind of damage now and then."""
    if rng.random() < 0.6:
        gain, shift = rng.uniform(0.8, 1.2, 3) * rng.uniform(0.8, 1.2), rng.uniform(-20, 20, 3)
        pixels = np.clip(pixels * gain + shift, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:  # night, sunset, stage lights
        light = rng.uniform(0.6, 1.1, 3) * rng.uniform(0.35, 1.1)
        pixels = (pixels * light).clip(0, 255).astype(np.uint8)
    if rng.random() < 0.1:
        pixels = as_pixels(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))
    if rng.random() < 0.03:
        pixels = _line_art(pixels)
    if rng.random() < 0.15:
        pixels = as_pixels(cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.4)))
    if rng.random() < 0.15:
        pixels = np.clip(pixels + rng.normal(0, rng.uniform(2, 12), pixels.shape), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(25, 95))
        packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        pixels = as_pixels(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return pixels


def as_pixels(pixels: object) -> Pixels:
    """What OpenCV returns, with its real type."""
    return np.asarray(pixels, dtype=np.uint8)


def _line_art(pixels: Pixels) -> Pixels:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 7, 6)
    return as_pixels(cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB))
