"""Detect wrong crops: no face, a part of one, several, or one of another style.

The network is the detector's first layers with a small head. `benchmarks/train_wrong_crops.py` trains it;
docs/clean.md has its precision and recall.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.detectors.f2a import GREY, Kind
from f2a_faces.images import Pixels
from f2a_faces.networks import read_network

SHIPPED = Path(__file__).parent / "weights" / "wrong_crops.onnx"
WRONG = ("not_a_face", "part_of_a_face", "several_faces", "other_style")
"""The outputs; those in `LIMITS` are flags of `clean`."""
INPUT = 128  # pixels
LIMITS: Mapping[str, float] = {
    "not_a_face": 0.0,
    "several_faces": 6.0,
    "other_style": 0.0,
}
"""Logits from which the network is sure; docs/clean.md has the precision and recall of each, and says why
`part_of_a_face` is none of them."""
Logits = npt.NDArray[np.float32]


def judge(crop: Pixels, kind: Kind) -> Logits:
    """How likely each of `WRONG` is.

    Args:
        crop: uint8 (H, W, 3), sRGB.
        kind: what its face should be; `other_style` is a photo among drawn faces, or the reverse.

    Returns:
        Logits, float32 (4,), each of its own.
    """
    logits: Logits = read_network(SHIPPED, threads=1).run(["logits"], {"image": batch([crop])})[0][0]
    return logits * np.array([1, 1, 1, 1 if kind == "anime" else -1], np.float32)


def sure(logits: Logits) -> list[str]:
    """Those of `WRONG` that are likely enough for a flag."""
    said = dict(zip(WRONG, logits.tolist(), strict=True))
    return [name for name, limit in LIMITS.items() if said[name] >= limit]


def batch(crops: Sequence[Pixels]) -> npt.NDArray[np.float32]:
    """What the network takes: float32 (N, 3, `INPUT`, `INPUT`)."""
    resized = [_resized(crop) for crop in crops]
    return np.stack(resized).transpose(0, 3, 1, 2).astype(np.float32) - np.float32(GREY)


def _resized(crop: Pixels) -> Pixels:
    shrinks = max(crop.shape[:2]) > INPUT
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, (INPUT, INPUT), interpolation=way), np.uint8)
