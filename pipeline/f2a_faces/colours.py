"""Convert a file's colours to sRGB, by its ICC profile or a PNG's gamma and primaries, as browsers do."""

import io
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

_SRGB = ImageCms.createProfile("sRGB")
_SAME = 2
"""Levels of 255 by which a profile may differ from sRGB and still count as sRGB: profiles are rounded."""
_PLAIN_GAMMA = 1 / 2.2
_TOLERANCE = 0.05
"""A PNG's values within this share of sRGB's count as sRGB; encoders round them."""
_SRGB_PRIMARIES = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
"""x and y of white, red, green and blue, in the order of PNG's chunk cHRM."""
Matrix = npt.NDArray[np.float64]


def to_srgb(image: Image.Image) -> Image.Image:
    """Convert by the file's ICC profile or PNG chunks."""
    profile = image.info.get("icc_profile")
    return _apply_profile(image, profile) if profile else _apply_png_colours(image)


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert to sRGB by an ICC profile; an unusable one is ignored, as viewers do.

    Args:
        image: in any mode that the profile is for.
        profile: its bytes.
    """
    if image.mode in ("P", "1", "LA", "PA"):
        image = image.convert("RGB")
    try:
        if image.mode == "RGB" and _is_srgb(profile):
            return image
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image


@lru_cache(maxsize=64)
def _is_srgb(profile: bytes) -> bool:
    """Whether a profile leaves colours unchanged. Its name is no guide: many say sRGB and are not.

    Raises:
        PyCMSError: it cannot be used for RGB.
    """
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    made = ImageCms.profileToProfile(Image.fromarray(cube), source, _SRGB, outputMode="RGB")
    return made is not None and int(np.abs(np.asarray(made).astype(int) - cube).max()) <= _SAME


def _apply_png_colours(image: Image.Image) -> Image.Image:
    """Convert an image by its PNG chunks gAMA and cHRM, unless there is a chunk sRGB."""
    gamma, primaries = image.info.get("gamma"), image.info.get("chromaticity")
    if "srgb" in image.info or not _sensible(gamma, primaries):
        return image
    same_gamma = gamma is None or abs(gamma / _PLAIN_GAMMA - 1) <= _TOLERANCE
    same_primaries = primaries is None or np.allclose(primaries, _SRGB_PRIMARIES, rtol=_TOLERANCE)
    if same_gamma and same_primaries:
        return image
    levels = np.linspace(0, 1, 256)
    linear = _linear(levels) if same_gamma else levels ** (1 / float(gamma or 1))
    if same_primaries:
        return image.convert("RGB").point(_bytes(linear).tolist() * 3)
    matrix = np.linalg.inv(_to_xyz(_SRGB_PRIMARIES)) @ _to_xyz(primaries or _SRGB_PRIMARIES)
    return Image.fromarray(_bytes(linear[np.asarray(image.convert("RGB"))] @ matrix.T))


def _sensible(gamma: float | None, primaries: tuple[float, ...] | None) -> bool:
    if gamma is None and primaries is None:
        return False
    sound_gamma = gamma is None or 0.05 <= gamma <= 5
    sound = primaries is None or (
        len(primaries) == len(_SRGB_PRIMARIES)
        and all(0 < y <= 1 for y in primaries[1::2])
        and abs(np.linalg.det(_primaries(primaries))) > 1e-3
    )
    return bool(sound_gamma and sound)


def _linear(levels: Matrix) -> Matrix:
    """IEC 61966-2-1."""
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def _bytes(linear: Matrix) -> npt.NDArray[np.uint8]:
    clipped = linear.clip(0, 1)
    levels = np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return (levels * 255).round().astype(np.uint8)


def _primaries(chromaticity: tuple[float, ...]) -> Matrix:
    """XYZ of red, green and blue at a luminance of 1 each, as columns."""
    return np.stack([_xyz(x, y) for x, y in zip(chromaticity[2::2], chromaticity[3::2], strict=True)], axis=1)


def _to_xyz(chromaticity: tuple[float, ...]) -> Matrix:
    """From linear RGB, relative to its own white: whites differ little, and eyes adapt to them."""
    columns = _primaries(chromaticity)
    scaled: Matrix = columns * np.linalg.solve(columns, _xyz(*chromaticity[:2]))
    return np.diag(1 / _xyz(*chromaticity[:2])) @ scaled


def _xyz(x: float, y: float) -> Matrix:
    return np.array([x / y, 1.0, (1 - x - y) / y])
