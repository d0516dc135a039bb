"""The project's own detector: a small anchor-free network for drawn and human faces.

See docs/detector.md for how it was trained and what it finds.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.detectors.protocol import Detection
from f2a_faces.images import Pixels
from f2a_manifests import Box, FatalError, sha256_file

SHIPPED = Path(__file__).parent / "weights" / "f2a.onnx"
STRIDE, MULTIPLE = 8, 32
SMALLEST = 64  # OpenCV 4.14 computes wrong values (even no numbers) where a map is one cell wide or high
KINDS = {"anime": 0, "human": 1}
Maps = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class F2a:
    """Options of the detector.

    Attributes:
        kind: which faces to report: ``anime`` or ``human``.
        threshold: faces with a score below it are not reported.
        max_side: see `Detector`. Larger finds smaller faces, and takes longer.
        weights: an ONNX file of your own; empty for the one that is shipped.
    """

    kind: str = "anime"
    threshold: float = 0.5
    max_side: int = 320
    weights: str = ""

    def __str__(self) -> str:
        """Name, kind and the beginning of the weights' SHA-256."""
        return f"f2a-{self.kind}-{_digest(self.weights)}"

    def prepare(self) -> None:
        """Load the network once.

        Raises:
            FatalError: the weights are missing or broken, or there is no such kind.
        """
        if self.kind not in KINDS:
            raise FatalError(f"detector f2a: kind {self.kind!r} is none of {', '.join(KINDS)}")
        _network(self.weights)

    def detect(self, pixels: Pixels) -> list[Detection]:
        """See `Detector.detect`; the score is the network's, 0 to 1."""
        network = _network(self.weights)
        network.setInput(cv2.dnn.blobFromImage(_padded(pixels)))
        out: Maps = network.forward()[0]
        scores, boxes = _peaks(out[KINDS[self.kind]], out[len(KINDS) :], self.threshold)
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), self.threshold, 0.4)
        found = (
            Detection(Box(*boxes[n].round().astype(int).tolist()), round(float(scores[n]), 4)) for n in kept
        )
        return sorted(found, key=lambda face: (-face.score, face.box))


def _padded(pixels: Pixels) -> Pixels:
    """Grey to the right and below, up to multiples of what the network halves down to."""
    below, right = (max(SMALLEST, side + -side % MULTIPLE) - side for side in pixels.shape[:2])
    return np.pad(pixels, ((0, below), (0, right), (0, 0)), constant_values=127)


def _peaks(logits: Maps, sides: Maps, threshold: float) -> tuple[Maps, Maps]:
    """Cells that are surer than their eight neighbours: scores (n,), boxes (n, 4) as x, y, w, h."""
    scores = 1 / (1 + np.exp(-logits.clip(-30, 30)))
    highest = cv2.dilate(scores, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero((scores >= highest) & (scores >= threshold))
    left, top, right, bottom = sides[:, rows, columns]
    x, y = (columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE
    boxes = np.stack([x - left, y - top, left + right, top + bottom], 1)
    return scores[rows, columns].astype(np.float32), boxes.astype(np.float32)


@cache
def _network(weights: str) -> cv2.dnn.Net:
    file = Path(weights) if weights else SHIPPED
    if not file.is_file():
        raise FatalError(f"the detector's weights {file} are missing")
    try:
        return cv2.dnn.readNetFromONNX(str(file))
    except cv2.error as error:
        raise FatalError(f"{file} is not a network that OpenCV reads: {error.err}") from None


@cache
def _digest(weights: str) -> str:
    return sha256_file(Path(weights) if weights else SHIPPED)[:8]
