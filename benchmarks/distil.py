"""Train a generator of the method `projected` to draw what one of twice its size draws.

    python benchmarks/distil.py training/f2a_translate/weights/generator-128.onnx \
        --human w128/manifests/human.csv --out generator-64.onnx

Knowledge distillation (Hinton et al. 2015, arXiv:1503.02531): the student begins as the inner levels of the
teacher, and learns the teacher's drawings, shrunk by half and sharpened, of the manifest's training faces in
changing light and framing. The loss is the L1 distance of pixels and of Lite0's features. The student gets
the teacher's discriminators, for `--init`. The generator of 64 pixels that ships was made like this.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import torch
from exported import network, read, store
from torch import Tensor
from torch.nn.functional import avg_pool2d, l1_loss
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from f2a_manifests import Domain
from f2a_methods import from_preset
from f2a_methods.projected.colours import hair_colour
from f2a_methods.projected.exposure import corrected, random_exposure
from f2a_methods.projected.framing import random_affine
from f2a_methods.projected.generator import SIZES, Generator
from f2a_methods.projected.learner import SMALLEST_SIDE, generator
from f2a_metrics.backbone import Backbone, load, resized
from f2a_train.data.faces import load_faces, to_floats
from f2a_train.engine.precision import has_bf16

BATCH = 16
RATE = 4e-4
AVERAGE = 0.99
"""Decay of the moving average of the student's weights."""
PIXELS, FEATURES = 2.0, 0.5
"""Weights of the losses."""
SHARPER = 0.5
"""How much the shrunk drawings are sharpened: their lines are softer than those of drawings of that size."""
SCALES = 3
"""The finest of the features, up to a stride of 16."""
REPORT_EVERY = 50


def main() -> None:
    """Train, print the losses, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("teacher", type=Path, help="an .onnx of the method")
    parser.add_argument("--human", type=Path, required=True, help="manifest of faces of the teacher's size")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=800)
    how = parser.parse_args()
    torch.manual_seed(0)
    photos = load_faces(how.human, Domain.HUMAN)
    card, own, others = read(how.teacher)
    if photos.size != card.size or card.size // 2 not in SIZES:
        parser.error(f"{how.human}: faces of {photos.size} pixels; the teacher has {card.size}, at least 128")
    teacher, student = network(card.size, own), generator(from_preset("projected"), card.size // 2)
    student.load_state_dict({name: own[name] for name in student.state_dict()})
    _teach(student, teacher.eval(), photos.pixels, how.steps)
    card = replace(card, size=card.size // 2, step=how.steps, human_sha256=photos.sha256)
    store(student, card, others, how.out, how.out)


def _teach(student: Generator, teacher: Generator, photos: Tensor, steps: int) -> None:
    """Train the student; at the end it has the moving average of its weights."""
    features = load("lite0")
    average = AveragedModel(student, multi_avg_fn=get_ema_multi_avg_fn(AVERAGE), use_buffers=False)
    optimiser = torch.optim.Adam(student.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps)
    began = time.perf_counter()
    for step in range(1, steps + 1):
        chosen = torch.randint(len(photos), (BATCH,))
        framed = teacher.proportions(random_exposure(random_affine(to_floats(photos[chosen]))))
        lit = corrected(framed)
        with torch.no_grad():
            goal = _sharpened(avg_pool2d(_drawn(teacher, lit), 2))
        drawn = _drawn(student, avg_pool2d(lit, 2))
        pixels, seen = l1_loss(drawn, goal), _distance(features, drawn, goal)
        optimiser.zero_grad()
        (PIXELS * pixels + FEATURES * seen).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        average.update_parameters(student)
        if step % REPORT_EVERY == 0 or step == steps:
            seconds = time.perf_counter() - began
            print(f"step {step}: pixels {pixels:.4f}, features {seen:.4f}, {seconds:.0f} s", flush=True)
    student.load_state_dict(average.module.state_dict())


def _drawn(network: Generator, photos: Tensor) -> Tensor:
    """In bf16 where the machine has it."""
    with torch.autocast("cpu", torch.bfloat16, enabled=has_bf16(torch.device("cpu"))):
        drawings = network.drawn(photos, hair_colour(photos, network.hair_finder(photos)))
    return drawings.float()


def _sharpened(drawings: Tensor) -> Tensor:
    """Add a share of the difference from the mean of 3x3 pixels: (N, 3, S, S), beyond [-1, 1]."""
    return drawings + SHARPER * (drawings - avg_pool2d(drawings, 3, 1, 1, count_include_pad=False))


def _distance(features: Backbone, drawn: Tensor, goal: Tensor) -> Tensor:
    """The mean L1 distance of each scale's features, as a share of the goal's."""
    side = max(SMALLEST_SIDE, drawn.shape[-1])
    with torch.no_grad():
        wanted = features(resized(goal, side), SCALES)
    found = features(resized(drawn, side), SCALES)
    pairs = zip(found, wanted, strict=True)
    return torch.stack([l1_loss(one, other) / other.abs().mean() for one, other in pairs]).mean()


if __name__ == "__main__":
    main()
