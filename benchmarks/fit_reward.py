"""Fit the reward model of the preset `projected` to verdicts on translated faces.

    python benchmarks/fit_reward.py --judged judged.csv \
        --out training/f2a_methods/projected/weights/reward.npz

`judged.csv` has a row for each verdict: `face`, the picture's path from the file's folder; `photo`, the photo
that it was made from; `generator`; and `passed`, 1 if a judge called it a whole and clean drawing, else 0.
Damaged copies of the faces (blurred, noisy, cut off) count as not passed. The model's first levels are the
shipped detector's. Prints how well verdicts on unseen photos are predicted, and unseen damage told apart.
"""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn.functional import interpolate

from f2a_faces.detectors.f2a import SHIPPED as DETECTOR
from f2a_faces.images import decode
from f2a_methods.projected.framing import random_affine
from f2a_methods.projected.reward import MOVED, RewardModel
from f2a_train.data.faces import to_floats

COPIES = 4
"""Of each face, moved and mirrored at random; every second one has `SMALL` pixels only."""
SMALL = 64
DAMAGED = "damaged"
BLURRED, NOISE = 12, 0.5
"""Pixels that a damaged copy is shrunk to, and the standard deviation of noise."""
FOLDS = 7
PENALTY = 1e-3
"""Inverse strength of the L2 penalty, on normalised features."""
Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Samples:
    """Copies of faces, once for each verdict.

    Attributes:
        features: float32, (N, `FEATURES`).
        passed: bool, (N,).
        photos, generators: names, (N,); damaged copies have the generator `DAMAGED`.
    """

    features: Numbers
    passed: npt.NDArray[np.bool_]
    photos: npt.NDArray[np.str_]
    generators: npt.NDArray[np.str_]

    def part(self, chosen: npt.NDArray[np.intp]) -> "Samples":
        """Some of them."""
        return Samples(
            self.features[chosen], self.passed[chosen], self.photos[chosen], self.generators[chosen]
        )


def main() -> None:
    """Fit, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--judged", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    how = parser.parse_args()
    torch.manual_seed(0)
    model = _with_levels_of_detector()
    samples = _samples(how.judged, model)
    for name, score in _unseen(samples).items():
        print(f"{name}: AUC {score:.3f} on unseen photos")
    weights, bias = _fitted(samples)
    model.head.weight.copy_(torch.from_numpy(weights)[None])
    model.head.bias.fill_(bias)
    halves = {name: value.numpy().astype(np.float16) for name, value in model.state_dict().items()}
    np.savez_compressed(how.out, **halves)
    print(f"{how.out}: {how.out.stat().st_size / 1e6:.2f} MB")


def _with_levels_of_detector() -> RewardModel:
    """Convolutions in the same order as in the detector's file."""
    graph = onnx.load(DETECTOR).graph
    stored = {each.name: torch.tensor(numpy_helper.to_array(each)) for each in graph.initializer}
    model = RewardModel()
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d)]
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    for layer, node in zip(layers, nodes, strict=False):
        layer.weight.copy_(stored[node.input[1]])
        if layer.bias is not None:
            layer.bias.copy_(stored[node.input[2]])
    return model


def _samples(judged: Path, model: RewardModel) -> Samples:
    with judged.open(newline="") as opened:
        verdicts = list(csv.DictReader(opened))
    rows = []
    for name in sorted({verdict["face"] for verdict in verdicts}):
        face = to_floats(torch.tensor(decode(judged.parent / name).pixels).permute(2, 0, 1)[None])
        about = [verdict for verdict in verdicts if verdict["face"] == name]
        photo, generator = about[0]["photo"], about[0]["generator"]
        seen = [model.features(each)[0].numpy() for each in _copies(face)]
        rows += [(each, verdict["passed"] == "1", photo, generator) for verdict in about for each in seen]
        rows += [(model.features(each)[0].numpy(), False, photo, DAMAGED) for each in _damaged(face)]
    features, passed, photos, generators = zip(*rows, strict=True)
    return Samples(np.stack(features), np.array(passed), np.array(photos), np.array(generators))


def _copies(face: Tensor) -> list[Tensor]:
    small = interpolate(face, size=SMALL, mode="area")
    return [random_affine(small if copy % 2 else face, MOVED, mirror=True) for copy in range(COPIES)]


def _damaged(face: Tensor) -> list[Tensor]:
    side = face.shape[-1]
    blurred = interpolate(interpolate(face, size=BLURRED, mode="area"), size=side, mode="bicubic")
    noisy = face + NOISE * torch.randn(face.shape)
    cut = face.clone()
    cut[:, :, side // 2 :] = face[:, :, side // 2, None]
    return [random_affine(each.clamp(-1, 1), MOVED, mirror=True) for each in (blurred, noisy, cut)]


def _unseen(samples: Samples) -> dict[str, float]:
    """The areas under the ROC curve, for each generator: each photo is judged by a model without it."""
    logits = np.zeros(len(samples.passed))
    for train, rest in GroupKFold(FOLDS).split(samples.features, groups=samples.photos):
        weights, bias = _fitted(samples.part(train))
        logits[rest] = samples.features[rest] @ weights + bias
    damaged = samples.generators == DAMAGED
    scores = {}
    for name in sorted(set(samples.generators.tolist())):
        those = damaged | samples.passed if name == DAMAGED else samples.generators == name
        scores[name] = float(roc_auc_score(samples.passed[those], logits[those]))
    return scores


def _fitted(samples: Samples) -> tuple[Numbers, float]:
    """A linear model's weights, for features as they are, and its bias."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=1000))
    scale, line = (step for _, step in model.fit(samples.features, samples.passed).steps)
    weights = line.coef_[0] / scale.scale_
    return weights.astype(np.float32), float(line.intercept_[0] - weights @ scale.mean_)


if __name__ == "__main__":
    main()
