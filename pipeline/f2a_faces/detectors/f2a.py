"""The project's own detector: a small anchor-free network for drawn and human faces.

See docs/detector.md for its training and its figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.detectors.protocol import Detection
from f2a_faces.detectors.windows import each_once
from f2a_faces.images import Pixels
from f2a_faces.networks import digest, read_network
from f2a_manifests import Box, FatalError

SHIPPED = Path(__file__).parent / "weights" / "f2a.onnx"
STRIDE = 4  # pixels from one cell of the map to the next
MULTIPLE = 32  # pixels: the network halves down to a 32nd
GREY = 128  # subtracted from every pixel
MAX_ENLARGEMENT = 2.0  # times
SECOND_PASS_SIDE = 1152  # long side of the second pass
FIRST_SIDE = 352  # at least, for the first pass if a second one may follow
FRAMES = {"anime": 1.2}  # times the face: boxes of this size are what SMALL and SAME_FACE were set on
SMALL = 0.12  # of the long side: faces below it are small
OVERLAP = 1.25  # times: sizes around SMALL that both passes cover
SECOND_PASS_MARGIN = 0.2  # added to the second pass's threshold, because more of what it sees is not a face
SURE = 0.6  # score from which a face raises the others
CONTEXT_SHIFT = 1.0  # added to an image's logits if two detections are sure
KINDS = {"anime": 0, "human": 1}
SIDES = {"anime": 320, "human": 448}  # docs/detector.md compares them
SECOND_PASS_SIDES = {"human": SECOND_PASS_SIDE}  # photos show people at any distance
Maps = npt.NDArray[np.float32]
NEIGHBOURS = np.indices((3, 3)).reshape(2, 1, 9) - 1  # of a cell, itself among them


@dataclass(frozen=True, slots=True)
class F2a:
    """Options of the detector.

    Attributes:
        kind: which faces to report: ``anime`` or ``human``.
        threshold: faces with a score below it are not reported.
        max_side: see `Detector`; 0 for the kind's default. A larger one detects smaller faces and takes
            longer. Smaller images are enlarged to it, at most twofold.
        weights: an ONNX file of your own; empty for the one that is shipped.
        close_side: long side of a second pass over images with small faces or none: small faces come from
            there, large ones from the first pass. 0 for the kind's default: a second pass for photos of
            people, none for drawings. If it is below ``max_side`` there is none.
    """

    kind: str = "anime"
    threshold: float = 0.4
    max_side: int = 0
    weights: str = ""
    close_side: int = 0

    def __post_init__(self) -> None:
        """Fill in the sides."""
        if not self.close_side:
            object.__setattr__(self, "close_side", SECOND_PASS_SIDES.get(self.kind, 0))
        if not self.max_side:
            side = SIDES.get(self.kind, SIDES["anime"])
            object.__setattr__(self, "max_side", max(side, FIRST_SIDE) if self.close_side else side)

    def __str__(self) -> str:
        """Name, kind and the beginning of the weights' SHA-256."""
        return f"f2a-{self.kind}-{digest(_file(self.weights))[:8]}"

    def prepare(self) -> None:
        """Load the network once.

        Raises:
            FatalError: the weights are missing or broken, or there is no such kind.
        """
        if self.kind not in KINDS:
            raise FatalError(f"detector f2a: kind {self.kind!r} is none of {', '.join(KINDS)}")
        read_network(_file(self.weights), threads=1)

    def detect(self, pixels: Pixels) -> list[Detection]:
        """See `Detector.detect`; the score, 0 to 1, is the network's, raised beside other faces."""
        found = _rescored(self.scan(pixels, _unshifted(self.threshold)))
        return [face for face in found if face.score >= self.threshold]

    def scan(self, pixels: Pixels, threshold: float) -> list[Detection]:
        """The network's own detections and scores, from a threshold on; best first."""
        # One core each: the pipeline searches several images at a time.
        network = read_network(_file(self.weights), threads=1)
        enlarged, scale = _enlarged(pixels, self.max_side)
        out: Maps = network.run(["maps"], {"image": _padded(enlarged)})[0][0]
        kind = KINDS[self.kind]
        sides = out[len(KINDS) :].reshape(len(KINDS), 4, *out.shape[1:])[kind]
        scores, boxes = _peaks(out[kind], sides / scale, threshold, STRIDE / scale)
        found = zip(boxes.round().astype(int).tolist(), scores.tolist(), strict=True)
        return each_once([Detection(Box(*box), round(score, 4)) for box, score in found], self._frame)

    def second_pass(self, found: Sequence[Detection], long_side: int) -> "F2a | None":
        """See `TwoPass`."""
        all_large = bool(found) and min(map(self._size, found)) >= SMALL * long_side
        if self.close_side <= self.max_side or all_large:
            return None
        threshold = min(self.threshold + SECOND_PASS_MARGIN, 1.0)
        return replace(self, max_side=self.close_side, threshold=threshold)

    def merge(self, far: Sequence[Detection], near: Sequence[Detection], long_side: int) -> list[Detection]:
        """See `TwoPass`."""
        large = [face for face in far if self._size(face) >= SMALL * long_side / OVERLAP]
        small = [face for face in near if self._size(face) < SMALL * long_side * OVERLAP]
        return each_once([*large, *small], self._frame)

    @property
    def _frame(self) -> float:
        return FRAMES.get(self.kind, 1.0)

    def _size(self, face: Detection) -> float:
        return max(face.box.w, face.box.h) * self._frame


def _rescored(found: list[Detection]) -> list[Detection]:
    """Raise the scores beside two sure faces: the network scores each detection without this context.

    Context rescoring, as in Felzenszwalb et al. (2010, section 7).
    """
    if sum(face.score >= SURE for face in found) < 2:
        return found
    return [replace(face, score=round(_shifted(face.score, CONTEXT_SHIFT), 4)) for face in found]


def _unshifted(score: float) -> float:
    """The network's score of a detection that has the given one after rescoring."""
    return _shifted(score, -CONTEXT_SHIFT)


def _shifted(score: float, logits: float) -> float:
    odds = score * math.exp(logits)
    return odds / (odds + 1 - score)


def _enlarged(pixels: Pixels, max_side: int) -> tuple[Pixels, float]:
    """A small image enlarged towards the detection size, and by how much."""
    scale = min(max_side / max(pixels.shape[:2]), MAX_ENLARGEMENT)
    if scale <= 1:
        return pixels, 1.0
    large = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.uint8), scale


def _padded(pixels: Pixels) -> Maps:
    """A batch of one minus grey, padded with grey right and below to multiples of `MULTIPLE`."""
    height, width = pixels.shape[:2]
    batch = np.zeros((1, 3, height + -height % MULTIPLE, width + -width % MULTIPLE), np.float32)
    np.subtract(pixels.transpose(2, 0, 1), np.float32(GREY), out=batch[0, :, :height, :width])
    return batch


def _peaks(logits: Maps, sides: Maps, threshold: float, stride: float) -> tuple[Maps, Maps]:
    """Local maxima of cells ``stride`` pixels apart: scores (n,), boxes (n, 4).

    A box is the mean over the nine cells, weighted by their scores ("box voting", Gidaris and
    Komodakis 2015): one cell alone is a few pixels off.
    """
    scores = 1 / (1 + np.exp(-logits.clip(-30, 30)))
    highest = cv2.dilate(scores, np.ones((3, 3), np.uint8))
    peaks = np.nonzero((scores >= highest) & (scores >= threshold))
    cells = np.stack(peaks)[:, :, None] + NEIGHBOURS  # rows and columns, (2, n, 9)
    inside = cells.clip(0, np.array(scores.shape)[:, None, None] - 1)
    votes = scores[*inside] * (cells == inside).all(0)  # cells beyond the border do not vote
    left, top, right, bottom = sides[:, *inside]
    y, x = (cells + 0.5) * stride
    edges = np.stack([x - left, y - top, x + right, y + bottom])
    x1, y1, x2, y2 = (edges * votes).sum(-1) / votes.sum(-1)
    boxes = np.stack([x1, y1, x2 - x1, y2 - y1], 1)
    return scores[peaks].astype(np.float32), boxes.astype(np.float32)


def _file(weights: str) -> Path:
    return Path(weights) if weights else SHIPPED
