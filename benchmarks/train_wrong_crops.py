"""Train the network that classifies wrong crops, and evaluate it on held-out crops.

    python benchmarks/train_wrong_crops.py --faces ntu96.zip --labels benchmarks/ntu96-labels.csv \
        --tidy getchu64.zip --human celeba-crops128.zip \
        --boxed illustrations/agh benchmarks/boxes/agh.csv ... --photos photos benchmarks/boxes/photos.csv \
        --out pipeline/f2a_faces/weights/wrong_crops.onnx --apart apart.npz

The first layers are the detector's and stay as they are; a small head on them is trained here. The crops of
`--faces` are split into five parts by their hash. Each part is judged by a head that was trained without it,
and without anything composed from it: these logits go to `--apart`, which `flags.py` and `review.py` read.
The head that is shipped is trained on all. The same call gives the same file on the same machine.
"""

import argparse
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from review import read
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from wrong_crops import FACE, KINDS, SIDE, Maker, Picture

from f2a_detector.degrade import degrade
from f2a_faces.detectors.boxed_set import SPLITS, BoxedImage, read_boxed
from f2a_faces.detectors.f2a import SHIPPED
from f2a_faces.images import Pixels, decode
from f2a_faces.networks import open_network
from f2a_faces.wrong_crops import INPUT, WRONG, batch
from f2a_manifests import FatalError
from f2a_manifests.progress import progress

PARTS = 5  # of the labelled crops
DRAWN, HUMAN, PER_PART, AGAIN = 17500, 7500, 2200, 25
"""Samples: of boxed and tidy drawings, of photos, of a part of the labelled faces, of each wrong one."""
TRUNK = 11, 21  # convolutions of the detector, up to strides of 8 and 16
EPOCHS, BATCH, RATE = 6, 128, 4e-3
Features = npt.NDArray[np.float16]
Viewer = Callable[[list[Pixels]], Features]
Crop = tuple[str, int, Pixels]
"""A labelled crop: its file's SHA-256, its kind, or -1 for one that is wrong otherwise, and its pixels."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Crops as the trunk sees them, (N, C, H, W), and (N, 4) targets, -1 where there is none."""

    features: Features
    targets: npt.NDArray[np.float32]

    @classmethod
    def of(cls, several: Sequence["Samples"]) -> "Samples":
        """All of them."""
        features, targets = [one.features for one in several], [one.targets for one in several]
        return cls(np.concatenate(features), np.concatenate(targets))


class Head(nn.Module):
    """From the trunk's features, float32 (N, C, H, W), to logits (N, 4)."""

    def __init__(self, features: int = 240, narrow: int = 48, wide: int = 64) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(features, narrow, 1)
        self.around = nn.Conv2d(narrow, narrow, 3, padding=1, groups=narrow)
        self.wide = nn.Conv2d(narrow, wide, 1)
        self.out = nn.Linear(2 * wide, len(WRONG))
        self.dropout = nn.Dropout(0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See the class."""
        x = torch.relu(self.wide(self.around(torch.relu(self.narrow(x)))))
        return self.out(self.dropout(torch.cat([x.amax((2, 3)), x.mean((2, 3))], 1)))


def main() -> None:
    """Train a head without each part, write their logits, and the network with a head trained on all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--faces", type=Path, required=True, help="ZIP file or folder of drawn faces, labelled"
    )
    parser.add_argument("--labels", type=Path, required=True, help="CSV with the wrong ones")
    parser.add_argument("--tidy", type=Path, required=True, help="ZIP file or folder of drawn faces")
    parser.add_argument("--human", type=Path, required=True, help="ZIP file or folder of photos of faces")
    parser.add_argument("--boxed", type=Path, nargs=2, action="append", default=[], metavar=("FOLDER", "CSV"))
    parser.add_argument(
        "--photos", type=Path, nargs=2, action="append", default=[], metavar=("FOLDER", "CSV")
    )
    parser.add_argument("--out", type=Path, required=True, help="the network, as ONNX")
    parser.add_argument("--apart", type=Path, required=True, help="logits of crops not seen, .npz")
    options = parser.parse_args()
    torch.set_num_threads(1)  # sums in the same order
    labelled = parts(options.faces, options.labels)
    trunk = cut_trunk(onnx.load(SHIPPED))
    see = viewer(trunk)
    common = gathered(options, see)
    own = [see_part(part, number, see) for number, part in enumerate(labelled)]
    every, numbers = Samples.of([*common, *own]), [*[-1] * len(common), *range(PARTS)]
    of_part = np.repeat(numbers, [len(samples.targets) for samples in (*common, *own)])
    del common, own  # gigabytes
    judged: dict[str, npt.NDArray[np.float32]] = {}
    for number, part in enumerate(labelled):
        head = trained(every, np.flatnonzero(of_part != number))
        logits = run(head, see([pixels for _, _, pixels in part]))
        judged |= zip((key for key, _, _ in part), logits, strict=True)
    np.savez(options.apart, keys=list(judged), logits=np.stack(list(judged.values())))
    write(trunk, trained(every, np.arange(len(of_part))), options.out)


def parts(faces: Path, labels: Path) -> list[list[Crop]]:
    """The labelled crops by their hash."""
    wrong = {row["sha256"]: row["label"] for row in csv.DictReader(labels.open(encoding="utf-8"))}
    found: list[list[Crop]] = [[] for _ in range(PARTS)]
    for key, pixels in read(faces):
        label = wrong.get(key, "")
        found[int(key[-8:], 16) % PARTS].append((key, KINDS.index(label) if label in KINDS else -1, pixels))
    return found


def gathered(options: argparse.Namespace, see: Viewer) -> list[Samples]:
    """Samples that have nothing to do with the labelled crops; tidy ones with an odd hash are left out."""
    rng = np.random.default_rng(0)
    tidy = [pixels for key, pixels in read(options.tidy) if int(key[-1], 16) % 2 == 0]
    human = [pixels for key, pixels in read(options.human) if int(key[-1], 16) % 2 == 0]
    drawn = Maker(pictures(options.boxed), tidy, rng)
    photos = Maker(pictures(options.photos), human, rng)
    return [made(drawn, DRAWN, 0, see), made(photos, HUMAN, 1, see)]


def see_part(part: list[Crop], seed: int, see: Viewer) -> Samples:
    """Each crop of a part as it is, the wrong ones in many versions, and some composed of the right ones."""
    rng = np.random.default_rng(seed + 1)
    usable = [(pixels, kind) for _, kind, pixels in part if kind >= 0]
    crops = [(shown(pixels), kind) for pixels, kind in usable]
    crops += [(altered(pixels, rng), kind) for pixels, kind in usable for _ in range(AGAIN if kind else 1)]
    tidy = [pixels for pixels, kind in usable if kind == FACE]
    return Samples.of([seen(crops, 0, see), made(Maker([], tidy, rng), PER_PART, 0, see)])


def altered(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Mirrored or not, a little degraded."""
    return degrade(shown(pixels[:, :: rng.choice([-1, 1])]), rng)


def shown(pixels: Pixels) -> Pixels:
    """As large as the samples."""
    return np.asarray(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def pictures(sets: list[list[Path]]) -> list[Picture]:
    """The boxed images of some folders."""
    return [
        Picture(decode(image.file).pixels, tuple(image.faces), tuple(image.unsure))
        for folder, boxes in sets
        for split in SPLITS[1:]
        for image in images(folder, boxes, split)
    ]


def images(folder: Path, boxes: Path, split: str) -> list[BoxedImage]:
    """Those of a split, which may be empty."""
    try:
        return read_boxed(folder, boxes, split).images
    except FatalError:
        return []


def made(maker: Maker, count: int, photo: int, see: Viewer) -> Samples:
    """So many samples."""
    return seen([maker.sample() for _ in progress(range(count), "samples")], photo, see)


def seen(crops: list[tuple[Pixels, int]], photo: int, see: Viewer) -> Samples:
    """Samples as the trunk sees them; style is labelled for faces only."""
    targets = np.zeros((len(crops), len(WRONG)), np.float32)
    for row, (_, kind) in enumerate(crops):
        targets[row, :3] = [kind == place for place in (1, 2, 3)]
        targets[row, 3] = -1 if KINDS[kind] == "not_a_face" else photo
    return Samples(see([pixels for pixels, _ in crops]), targets)


def cut_trunk(model: onnx.ModelProto) -> onnx.ModelProto:
    """The detector up to a stride of 16, beside the highest of each 2 x 2 at a stride of 8."""
    nodes = list(model.graph.node)
    convolutions = np.cumsum([node.op_type == "Conv" for node in nodes]).tolist()
    fine, coarse = (
        [
            node.op_type == "Add" and count == last for node, count in zip(nodes, convolutions, strict=True)
        ].index(True)
        for last in TRUNK
    )
    pooled = helper.make_node("MaxPool", nodes[fine].output, ["fine"], kernel_shape=[2, 2], strides=[2, 2])
    joined = helper.make_node("Concat", [*nodes[coarse].output, "fine"], ["features"], axis=1)
    kept = [*nodes[: coarse + 1], pooled, joined]
    used = {name for node in kept for name in node.input}
    weights = [weight for weight in model.graph.initializer if weight.name in used]
    return assembled(kept, weights, [helper.make_tensor_value_info("features", TensorProto.FLOAT, None)])


def assembled(
    nodes: list[onnx.NodeProto], weights: list[onnx.TensorProto], outputs: list[onnx.ValueInfoProto]
) -> onnx.ModelProto:
    """A model that takes any number of crops."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["crops", 3, INPUT, INPUT])
    graph = helper.make_graph(nodes, "wrong_crops", [image], outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def viewer(trunk: onnx.ModelProto) -> Viewer:
    """Runs the trunk, `BATCH` crops at a time."""
    network = open_network(trunk.SerializeToString(), threads=1)

    def see(crops: list[Pixels]) -> Features:
        parts = range(0, len(crops), BATCH)
        found = (network.run(None, {"image": batch(crops[at : at + BATCH])})[0] for at in parts)
        return np.concatenate([one.astype(np.float16) for one in found])

    return see


def trained(samples: Samples, rows: npt.NDArray[np.intp]) -> Head:
    """A head for some of the samples, with the features' mean and deviation folded into its first layer."""
    torch.manual_seed(0)
    features, targets = torch.from_numpy(samples.features), torch.from_numpy(samples.targets)
    some = features[rows[:: max(len(rows) // 2000, 1)]].float()
    mean, deviation = some.mean((0, 2, 3)), some.std((0, 2, 3)) + 1e-2
    head, steps = Head(len(mean)), EPOCHS * (len(rows) // BATCH)
    optimiser = torch.optim.AdamW(head.parameters(), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for batch_rows in progress([one for _ in range(EPOCHS) for one in shuffled(rows)], "training"):
        x = (features[batch_rows].float() - mean[:, None, None]) / deviation[:, None, None]
        wanted = targets[batch_rows]
        known = (wanted >= 0).float()
        loss = binary_cross_entropy_with_logits(head(x), wanted.clamp(min=0), known)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        head.narrow.weight /= deviation[None, :, None, None]
        head.narrow.bias -= (head.narrow.weight * mean[None, :, None, None]).sum((1, 2, 3))
    return head.eval()


def shuffled(rows: npt.NDArray[np.intp]) -> Iterator[torch.Tensor]:
    """All rows in whole batches."""
    order = torch.from_numpy(rows)[torch.randperm(len(rows))]
    return iter(order[: len(rows) // BATCH * BATCH].split(BATCH))


def run(head: Head, features: Features) -> npt.NDArray[np.float32]:
    """Logits."""
    with torch.no_grad():
        parts = [head(part.float()) for part in torch.from_numpy(features).split(BATCH)]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def write(trunk: onnx.ModelProto, head: Head, out: Path) -> None:
    """The trunk with the head on it."""
    weights = {name: value.detach().numpy() for name, value in head.named_parameters()}
    weights["out.weight"] = np.ascontiguousarray(weights["out.weight"].T)

    def layer(kind: str, source: str, name: str, **how: int | list[int]) -> onnx.NodeProto:
        return helper.make_node(kind, [source, f"{name}.weight", f"{name}.bias"], [name], **how)

    last = trunk.graph.output[0].name
    nodes = [
        layer("Conv", last, "narrow"),
        helper.make_node("Relu", ["narrow"], ["narrow_on"]),
        layer("Conv", "narrow_on", "around", group=len(weights["around.weight"]), pads=[1, 1, 1, 1]),
        layer("Conv", "around", "wide"),
        helper.make_node("Relu", ["wide"], ["wide_on"]),
        helper.make_node("GlobalMaxPool", ["wide_on"], ["highest"]),
        helper.make_node("GlobalAveragePool", ["wide_on"], ["mean"]),
        helper.make_node("Concat", ["highest", "mean"], ["pooled"], axis=1),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "out.weight", "out.bias"], ["logits"]),
    ]
    added = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["crops", len(WRONG)])]
    model = assembled([*trunk.graph.node, *nodes], [*trunk.graph.initializer, *added], outputs)
    onnx.checker.check_model(model)
    out.write_bytes(model.SerializeToString())


if __name__ == "__main__":
    main()
