"""Fit the reward model of the preset `projected` to verdicts on translated faces.

    python benchmarks/fit_reward.py --judged judged.csv \
        --out training/f2a_methods/projected/weights/reward.npz

`judged.csv` has a row for each verdict: `face`, the picture's path from the file's folder; `photo`, the photo
that it was made from; `generator`; and `passed`, 1 if a judge called it a whole and clean drawing, else 0.
The model's first levels are the shipped detector's. Prints how well verdicts on unseen photos are predicted.
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
FOLDS = 7
PENALTY = 1e-3
"""Inverse strength of the L2 penalty, on normalised features."""
Features = npt.NDArray[np.float32]
Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One entry for each verdict."""

    faces: Texts
    photos: Texts
    generators: Texts
    passed: npt.NDArray[np.bool_]

    @classmethod
    def read(cls, file: Path) -> "Verdicts":
        """Read `judged.csv`."""
        with file.open(newline="") as opened:
            rows = list(csv.DictReader(opened))
        faces, photos, generators, passed = (
            np.array([row[name] for row in rows]) for name in ("face", "photo", "generator", "passed")
        )
        return cls(faces, photos, generators, passed == "1")


def main() -> None:
    """Fit, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--judged", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    how = parser.parse_args()
    torch.manual_seed(0)
    verdicts, model = Verdicts.read(how.judged), _with_levels_of_detector()
    seen = _seen(how.judged.parent, sorted(set(verdicts.faces.tolist())), model)
    copies = [np.stack([seen[face][copy] for face in verdicts.faces]) for copy in range(COPIES)]
    print(f"{len(verdicts.faces)} verdicts on {len(seen)} faces of {len(set(verdicts.photos))} photos")
    print(f"AUC on unseen photos, within a generator: {_unseen(copies, verdicts):.3f}")
    weights, bias = _fitted(copies, verdicts.passed)
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


def _seen(home: Path, faces: list[str], model: RewardModel) -> dict[str, list[Features]]:
    """The features of each face's copies."""
    pixels = {face: torch.tensor(decode(home / face).pixels).permute(2, 0, 1) for face in faces}
    return {face: _copies(to_floats(each[None]), model) for face, each in pixels.items()}


def _copies(face: Tensor, model: RewardModel) -> list[Features]:
    small = interpolate(face, size=SMALL, mode="area")
    moved = [random_affine(small if copy % 2 else face, MOVED, mirror=True) for copy in range(COPIES)]
    return [model.features(each)[0].numpy() for each in moved]


def _unseen(copies: list[Features], verdicts: Verdicts) -> float:
    """The area under the ROC curve, mean of the generators; each photo is judged by a model without it."""
    logits = np.zeros(len(verdicts.passed))
    for train, rest in GroupKFold(FOLDS).split(copies[0], groups=verdicts.photos):
        weights, bias = _fitted([features[train] for features in copies], verdicts.passed[train])
        logits[rest] = np.mean([features[rest] @ weights + bias for features in copies], 0)
    each = [verdicts.generators == name for name in sorted(set(verdicts.generators.tolist()))]
    return float(np.mean([roc_auc_score(verdicts.passed[those], logits[those]) for those in each]))


def _fitted(copies: list[Features], passed: npt.NDArray[np.bool_]) -> tuple[Features, float]:
    """A linear model's weights, for features as they are, and its bias."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=1000))
    scale, line = (step for _, step in model.fit(np.concatenate(copies), np.tile(passed, COPIES)).steps)
    weights = line.coef_[0] / scale.scale_
    return weights.astype(np.float32), float(line.intercept_[0] - weights @ scale.mean_)


if __name__ == "__main__":
    main()
