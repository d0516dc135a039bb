"""The project's own detector: a small anchor-free network for drawn and human faces.

See docs/detector.md for its training and its figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from f2a_faces.detectors.protocol import Detection, View, full_size
from f2a_faces.detectors.windows import each_once, is_strip
from f2a_faces.images import Decoded, Pixels
from f2a_faces.networks import Provider, digest, read_network
from f2a_manifests import Box

Kind = Literal["anime", "human"]

SHIPPED = Path(__file__).parent / "weights" / "f2a.onnx"
STRIDE = 4  # pixels from one cell of the map to the next
MULTIPLE = 32  # pixels: the network halves down to a 32nd
GREY = 128  # subtracted from every pixel
MAX_ENLARGEMENT = 2.0  # times
SECOND_PASS_SIDE = 1152  # long side of the second pass
FIRST_SIDE = 352  # at least, for the first pass if a second one may follow
FRAMES: dict[Kind, float] = {
    "anime": 1.2
}  # times the face: boxes of this size are what SMALL and SAME_FACE were set on
SMALL = 0.12  # of the long side: faces below it are small
OVERLAP = 1.25  # times: sizes around SMALL that both passes cover
SECOND_PASS_MARGIN = 0.2  # added to the second pass's threshold, because more of what it sees is not a face
SURE = 0.6  # score from which a face raises the others
CONTEXT_SHIFT = 1.0  # added to an image's logits if two detections are sure
# Images that are searched together; on a CPU one by one is faster (measured outside the repository).
BATCH: dict[Provider, int] = {"cpu": 1, "cuda": 8}
KINDS: dict[Kind, int] = {"anime": 0, "human": 1}
SIDES: dict[Kind, int] = {"anime": 320, "human": 448}  # docs/detector.md compares them
SECOND_PASS_SIDES: dict[Kind, int] = {"human": SECOND_PASS_SIDE}  # photos show people at any distance
Maps = npt.NDArray[np.float32]
NEIGHBOURS = np.indices((3, 3)).reshape(2, 1, 9) - 1  # of a cell, itself among them


@dataclass(frozen=True, slots=True)
class F2a:
    """The project's own detector.

    Attributes:
        kind: which faces to report: anime or human.
        threshold: faces with a score below it are not reported.
        max_side: long side in pixels at which images are searched; 0 for the kind's default. A larger one
            detects smaller faces and takes longer. Smaller images are enlarged to it, at most twofold.
        weights: an ONNX file of your own instead of the one that is shipped.
        close_side: long side of a second pass over images with small faces or none: small faces come from
            there, large ones from the first pass. 0 for the kind's default: a second pass for photos of
            people, none for drawings. If it is below max_side there is none.
        provider: what runs the network: cpu, or cuda, which needs onnxruntime-gpu.
    """

    kind: Kind = "anime"
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.4
    max_side: Annotated[int, msgspec.Meta(ge=0)] = 0
    weights: Path | None = None
    close_side: Annotated[int, msgspec.Meta(ge=0)] = 0
    # Results are the same, so that it is no part of what they depend on.
    provider: Provider = field(default="cpu", repr=False)

    def __post_init__(self) -> None:
        """Fill in the sides."""
        if not self.close_side:
            object.__setattr__(self, "close_side", SECOND_PASS_SIDES.get(self.kind, 0))
        if not self.max_side:
            side = SIDES[self.kind]
            object.__setattr__(self, "max_side", max(side, FIRST_SIDE) if self.close_side else side)

    def __str__(self) -> str:
        """Name, kind and the beginning of the weights' SHA-256."""
        return f"f2a-{self.kind}-{digest(self.weights or SHIPPED)[:8]}"

    def prepare(self) -> None:
        """Load the network once.

        Raises:
            FatalError: the weights are missing or broken, or the provider does not work here.
        """
        # One core each: the pipeline searches several images at a time.
        read_network(self.weights or SHIPPED, threads=1, provider=self.provider)

    def detect(self, images: Sequence[View]) -> list[list[Detection]]:
        """See `Detector.detect`; the score, 0 to 1, is the network's, raised beside other faces."""
        size = BATCH[self.provider]
        batches = (images[start : start + size] for start in range(0, len(images), size))
        return [faces for batch in batches for faces in self._in_two_passes(batch)]

    def find(self, pixels: Pixels) -> list[Detection]:
        """Detect faces in pixels as they are, in one pass; in these pixels, best first."""
        return self._reported(self._scan([pixels], _unshifted(self.threshold))[0])

    def scan(self, pixels: Pixels, threshold: float) -> list[Detection]:
        """The network's own detections and scores, from a threshold on; best first."""
        return self._scan([pixels], threshold)[0]

    def evidence(self, pixels: Pixels, threshold: float) -> tuple[list[Detection], Maps]:
        """What `scan` gives, and the network's logits for each of `KINDS`, float32 (2, H, W), by cell."""
        enlarged, scale = _enlarged(pixels, self.max_side)
        out = self._maps([_padded(enlarged)])[0]
        return self._faces(out, scale, threshold), out[: len(KINDS)]

    def _in_two_passes(self, images: Sequence[View]) -> list[list[Detection]]:
        first = self.one_pass(images)
        found = [faces for _, faces in first]
        again = [place for place, (seen, faces) in enumerate(first) if self._needs_second_pass(seen, faces)]
        threshold = min(self.threshold + SECOND_PASS_MARGIN, 1.0)
        closer = replace(self, max_side=self.close_side, threshold=threshold)
        for place, (seen, near) in zip(
            again, closer.one_pass([images[place] for place in again]), strict=True
        ):
            found[place] = self._merged(found[place], near, max(seen.width, seen.height))
        return found

    def one_pass(self, images: Sequence[View]) -> list[tuple[Decoded, list[Detection]]]:
        """Each image at `max_side`, and its faces in pixels of the full image."""
        seen = [view(self.max_side) for view in images]
        scanned = self._scan([each.pixels for each in seen], _unshifted(self.threshold))
        return [
            (each, full_size(self._reported(faces), each)) for each, faces in zip(seen, scanned, strict=True)
        ]

    def _reported(self, scanned: list[Detection]) -> list[Detection]:
        return [face for face in _rescored(scanned) if face.score >= self.threshold]

    def _scan(self, images: Sequence[Pixels], threshold: float) -> list[list[Detection]]:
        enlarged = [_enlarged(pixels, self.max_side) for pixels in images]
        maps = self._maps([_padded(pixels) for pixels, _ in enlarged])
        return [self._faces(out, scale, threshold) for out, (_, scale) in zip(maps, enlarged, strict=True)]

    def _maps(self, inputs: Sequence[Maps]) -> list[Maps]:
        """What the network says of each image; those of one size go through it together."""
        network = read_network(self.weights or SHIPPED, threads=1, provider=self.provider)
        maps: dict[int, Maps] = {}
        for shape in dict.fromkeys(each.shape for each in inputs):
            places = [place for place, each in enumerate(inputs) if each.shape == shape]
            chosen = [inputs[place] for place in places]
            batch = chosen[0] if len(chosen) == 1 else np.concatenate(chosen)  # no copy of a single one
            maps |= zip(places, network.run(["maps"], {"image": batch})[0], strict=True)
        return [maps[place] for place in range(len(inputs))]

    def _faces(self, out: Maps, scale: float, threshold: float) -> list[Detection]:
        kind = KINDS[self.kind]
        sides = out[len(KINDS) :].reshape(len(KINDS), 4, *out.shape[1:])[kind]
        scores, boxes = _peaks(out[kind], sides / scale, threshold, STRIDE / scale)
        found = zip(boxes.round().astype(int).tolist(), scores.tolist(), strict=True)
        return each_once([Detection(Box(*box), round(score, 4)) for box, score in found], self._frame)

    def _needs_second_pass(self, seen: Decoded, found: Sequence[Detection]) -> bool:
        """Whether some faces are small, or there is none; strips are searched in windows instead."""
        least = SMALL * max(seen.width, seen.height)
        all_large = bool(found) and min(map(self._size, found)) >= least
        return self.close_side > self.max_side and not all_large and not is_strip(seen.width, seen.height)

    def _merged(self, far: Sequence[Detection], near: Sequence[Detection], long_side: int) -> list[Detection]:
        """Both passes together: each face once, best first."""
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
    for plane, colour in zip(batch[0], cv2.split(pixels), strict=True):  # one by one takes half the time
        np.subtract(colour, np.float32(GREY), out=plane[:height, :width])
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
