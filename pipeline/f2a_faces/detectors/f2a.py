"""The project's own detector: a small anchor-free network for drawn and human faces.

See docs/detector.md for how it was trained and what it finds.
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
GREY = 128  # what the network sees as nothing: it is taken from every pixel
MOST_ENLARGED = 2.0  # times
CLOSE_SIDE = 1152  # the long side at which full-body drawings and crowds are looked at once more
FIRST_SIDE = 352  # at least, for the first look where a second one may follow
FRAMES = {"anime": 1.2}  # times the face: boxes of this size are what SMALL and SAME_FACE were set on
SMALL = 0.12  # of the long side: a face whose box is below it is small
OVERLAP = 1.25  # times: so much larger and smaller faces belong to both looks
SURER = 0.2  # by so much a find of the closer look must exceed the threshold: it sees more that is no face
SURE = 0.6  # score of a face that counts as company
COMPANY = 1.0  # added to the logits of an image's finds if two of them are sure: who is drawn is seldom alone
KINDS = {"anime": 0, "human": 1}
SIDES = {"anime": 320, "human": 448}  # see docs/detector.md for what larger and smaller ones find
CLOSE_SIDES = {"human": CLOSE_SIDE}  # photos show people at any distance, and are fewer
Maps = npt.NDArray[np.float32]
NEIGHBOURS = np.indices((3, 3)).reshape(2, 1, 9) - 1  # of a cell, itself among them


@dataclass(frozen=True, slots=True)
class F2a:
    """Options of the detector.

    Attributes:
        kind: which faces to report: ``anime`` or ``human``.
        threshold: faces with a score below it are not reported.
        max_side: see `Detector`; 0 takes what suits the kind. Larger finds smaller faces, and takes longer.
            Smaller pictures are enlarged to it, at most twofold.
        weights: an ONNX file of your own; empty for the one that is shipped.
        close_side: an image in which small faces are found, or none, is looked at once more at this long
            side: small faces are taken from there, large ones from the first look. 0 takes what suits the
            kind: photos of people are looked at once more, drawings are not. Below ``max_side`` none is.
    """

    kind: str = "anime"
    threshold: float = 0.4
    max_side: int = 0
    weights: str = ""
    close_side: int = 0

    def __post_init__(self) -> None:
        """Fill in the sides."""
        if not self.close_side:
            object.__setattr__(self, "close_side", CLOSE_SIDES.get(self.kind, 0))
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
        """See `Detector.detect`; the score, 0 to 1, is the network's, raised among other faces."""
        found = _in_company(self.look(pixels, _alone(self.threshold)))
        return [face for face in found if face.score >= self.threshold]

    def look(self, pixels: Pixels, threshold: float) -> list[Detection]:
        """What the network sees, with its own scores from a threshold on; best first."""
        # One core each: the pipeline searches several images at a time.
        network = read_network(_file(self.weights), threads=1)
        enlarged, scale = _enlarged(pixels, self.max_side)
        out: Maps = network.run(["maps"], {"image": _padded(enlarged)})[0][0]
        kind = KINDS[self.kind]
        sides = out[len(KINDS) :].reshape(len(KINDS), 4, *out.shape[1:])[kind]
        scores, boxes = _peaks(out[kind], sides / scale, threshold, STRIDE / scale)
        found = zip(boxes.round().astype(int).tolist(), scores.tolist(), strict=True)
        return each_once([Detection(Box(*box), round(score, 4)) for box, score in found], self._frame)

    def closer(self, found: Sequence[Detection], long_side: int) -> "F2a | None":
        """See `LooksCloser`."""
        all_large = bool(found) and min(map(self._size, found)) >= SMALL * long_side
        if self.close_side <= self.max_side or all_large:
            return None
        threshold = min(self.threshold + SURER, 1.0)
        return replace(self, max_side=self.close_side, threshold=threshold)

    def together(
        self, far: Sequence[Detection], near: Sequence[Detection], long_side: int
    ) -> list[Detection]:
        """See `LooksCloser`."""
        large = [face for face in far if self._size(face) >= SMALL * long_side / OVERLAP]
        small = [face for face in near if self._size(face) < SMALL * long_side * OVERLAP]
        return each_once([*large, *small], self._frame)

    @property
    def _frame(self) -> float:
        return FRAMES.get(self.kind, 1.0)

    def _size(self, face: Detection) -> float:
        return max(face.box.w, face.box.h) * self._frame


def _in_company(found: list[Detection]) -> list[Detection]:
    """Finds beside two sure faces are likelier than the network, which sees each alone, believes.

    Felzenszwalb et al. (2010, section 7) likewise rescore finds by what else is in the image.
    """
    if sum(face.score >= SURE for face in found) < 2:
        return found
    return [replace(face, score=round(_shifted(face.score, COMPANY), 4)) for face in found]


def _alone(score: float) -> float:
    """The network's score of a find that has the given one among others."""
    return _shifted(score, -COMPANY)


def _shifted(score: float, logits: float) -> float:
    odds = score * math.exp(logits)
    return odds / (odds + 1 - score)


def _enlarged(pixels: Pixels, max_side: int) -> tuple[Pixels, float]:
    """A small picture at the size at which faces are best found, and how much larger that is."""
    scale = min(max_side / max(pixels.shape[:2]), MOST_ENLARGED)
    if scale <= 1:
        return pixels, 1.0
    large = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.uint8), scale


def _padded(pixels: Pixels) -> Maps:
    """A batch of one, less grey, with grey to the right and below up to multiples of `MULTIPLE`."""
    height, width = pixels.shape[:2]
    batch = np.zeros((1, 3, height + -height % MULTIPLE, width + -width % MULTIPLE), np.float32)
    np.subtract(pixels.transpose(2, 0, 1), np.float32(GREY), out=batch[0, :, :height, :width])
    return batch


def _peaks(logits: Maps, sides: Maps, threshold: float, stride: float) -> tuple[Maps, Maps]:
    """Cells, ``stride`` pixels apart, that are surer than their neighbours: scores (n,), boxes (n, 4).

    A box is the mean of what the nine cells say, weighted by their scores ("box voting", Gidaris and
    Komodakis 2015): one cell alone is a few pixels off.
    """
    scores = 1 / (1 + np.exp(-logits.clip(-30, 30)))
    highest = cv2.dilate(scores, np.ones((3, 3), np.uint8))
    peaks = np.nonzero((scores >= highest) & (scores >= threshold))
    cells = np.stack(peaks)[:, :, None] + NEIGHBOURS  # rows and columns, (2, n, 9)
    inside = cells.clip(0, np.array(scores.shape)[:, None, None] - 1)
    votes = scores[*inside] * (cells == inside).all(0)  # beyond the border nobody votes
    left, top, right, bottom = sides[:, *inside]
    y, x = (cells + 0.5) * stride
    edges = np.stack([x - left, y - top, x + right, y + bottom])
    x1, y1, x2, y2 = (edges * votes).sum(-1) / votes.sum(-1)
    boxes = np.stack([x1, y1, x2 - x1, y2 - y1], 1)
    return scores[peaks].astype(np.float32), boxes.astype(np.float32)


def _file(weights: str) -> Path:
    return Path(weights) if weights else SHIPPED
