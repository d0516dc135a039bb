"""Planted damage of known kind and amount, in place of a generator's results."""

from collections.abc import Mapping

import cv2
import numpy as np

from f2a_faces.images import Pixels
from f2a_translate.translator import Translator

Family = Mapping[str, Pixels]
"""Sets of faces, uint8 (N, S, S, 3), from undamaged to worst."""


def batched(translator: Translator, faces: Pixels) -> Pixels:
    """Translate any number of crops: uint8, N x S x S x 3 (N at least 1), 32 at a time."""
    return np.concatenate([translator(faces[at : at + 32]) for at in range(0, len(faces), 32)])


def families(drawn: Pixels, photos: Pixels) -> dict[str, Family]:
    """Families of damage, each from undamaged on.

    Args:
        drawn: uint8 (N, S, S, 3), real drawn faces, to be damaged.
        photos: uint8 (N, S, S, 3).
    """
    none = {"other drawn faces": drawn}
    darkest = np.argsort(drawn.mean((1, 2, 3)))
    shares = {share: darkest[: len(drawn) // share] for share in (2, 4, 10)}
    return {
        "blur": none | {f"blur {sigma}": blurred(drawn, sigma) for sigma in (0.6, 1, 2, 4)},
        "noise": none | {f"noise {deviation}": noisy(drawn, deviation) for deviation in (4, 8, 16, 32)},
        "fewer": none | {f"{n} distinct faces": repeated(drawn, n) for n in (100, 25, 5, 1)},
        "lost modes": none
        | {f"the darkest 1 in {n}": drawn[np.resize(of, len(drawn))] for n, of in shares.items()},
        "mirrored": none | {"left halves, mirrored": mirrored(drawn)},
        "photos among them": none
        | {f"{part:.0%} photos": mixed(drawn, photos, part) for part in (0.25, 0.5, 1)},
        "photos shining through": none
        | {f"{part:.0%} of a photo": faded(drawn, photos, part) for part in (0.25, 0.5)},
    }


def paired(photos: Pixels, drawing: Pixels) -> dict[str, Pixels]:
    """Results that need no generator: filtered photos, and images that depend on no photo but for colours.

    Args:
        photos: uint8 (N, S, S, 3).
        drawing: uint8 (S, S, 3), a drawn face.
    """
    cartoons = np.stack([cartoon(face) for face in photos])
    return {
        "the photos": photos,
        "photos, posterised": (photos // 64 * 64 + 32).astype(np.uint8),
        "photos as cartoons": cartoons,
        "photos, blurred by 2": blurred(photos, 2),
        "photos, brighter by 40": np.clip(photos.astype(np.int64) + 40, 0, 255).astype(np.uint8),
        "photos, black and white": np.where(photos > 127, 255, 0).astype(np.uint8),
        "photos, inverted": 255 - photos,
        "cartoons of other photos": np.roll(cartoons, 1, axis=0),
        "one cartoon for all": np.repeat(cartoons[:1], len(photos), axis=0),
        "one drawing in the photos' colours": np.stack([recoloured(drawing, photo) for photo in photos]),
    }


def blurred(faces: Pixels, sigma: float) -> Pixels:
    """Gaussian blur, sigma in pixels."""
    return np.stack([cv2.GaussianBlur(face, (0, 0), sigma) for face in faces])


def noisy(faces: Pixels, deviation: float) -> Pixels:
    """Gaussian noise, levels of 255."""
    noise = np.random.default_rng(0).normal(0, deviation, faces.shape)
    return np.clip(faces + noise, 0, 255).round().astype(np.uint8)


def repeated(faces: Pixels, distinct: int) -> Pixels:
    """As many faces, with only the first ones distinct."""
    return faces[np.arange(len(faces)) % distinct]


def mirrored(faces: Pixels) -> Pixels:
    """The left half of each face beside its mirror image: the price of faces whose halves match."""
    left = faces[:, :, : faces.shape[2] // 2]
    return np.concatenate([left, left[:, :, ::-1]], axis=2)


def recoloured(drawing: Pixels, photo: Pixels) -> Pixels:
    """A drawing whose 4x4 blocks, blended into each other, have the photo's mean colours."""
    difference = cv2.resize(photo.astype(np.float32) - drawing, (4, 4), interpolation=cv2.INTER_AREA)
    added = cv2.resize(difference, drawing.shape[:2], interpolation=cv2.INTER_LINEAR)
    return np.clip(drawing + added, 0, 255).round().astype(np.uint8)


def mixed(faces: Pixels, others: Pixels, share: float) -> Pixels:
    """A share of the faces replaced."""
    count = round(share * len(faces))
    return np.concatenate([others[:count], faces[count:]])


def faded(faces: Pixels, others: Pixels, share: float) -> Pixels:
    """Every face blended with another."""
    return np.asarray((1 - share) * faces + share * others, np.uint8)


def cartoon(face: Pixels) -> Pixels:
    """The usual cartoon filter: bilateral smoothing, few colours, dark edges."""
    smooth = face
    for _ in range(3):
        smooth = np.asarray(cv2.bilateralFilter(smooth, 5, 50, 5), np.uint8)
    grey = cv2.medianBlur(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), 3)
    edges = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 6)
    flat = (smooth // 32 * 32 + 16).astype(np.uint8)
    return np.asarray(cv2.bitwise_and(flat, flat, mask=edges), np.uint8)
