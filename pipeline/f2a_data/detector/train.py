"""Training the detector, from top to bottom: scenes from a thread, one optimiser, averaged weights."""

import math
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import torch
from torch import Tensor

from f2a_data.detector.losses import loss, targets
from f2a_data.detector.material import Material
from f2a_data.detector.network import FaceNet
from f2a_data.detector.scenes import scene
from f2a_data.progress import progress_bar

SIDE, BATCH, RATE = 256, 16, 2e-3


def train(material: Material, minutes: float, seed: int, begin: FaceNet | None = None) -> FaceNet:
    """Train on scenes for a time.

    Args:
        material: what scenes are composed of.
        minutes: wall-clock time; the learning rate falls to zero over it.
        seed: of weights and scenes. Two runs still differ, as they do not take the same number of steps.
        begin: a network to go on with, at half the rate.

    Returns:
        The average of the weights over the last few hundred steps, in evaluation mode.
    """
    torch.manual_seed(seed)
    network = begin or FaceNet()
    network.train()
    averaged = torch.optim.swa_utils.AveragedModel(network, avg_fn=_average, use_buffers=True)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=1e-4)
    highest, began = RATE / 2 if begin else RATE, time.monotonic()
    with _scenes(material, seed) as batches, progress_bar("train", unit="step") as bar:
        for step, (pixels, wanted) in enumerate(batches):
            done = (time.monotonic() - began) / 60 / minutes
            if done >= 1:
                break
            optimiser.param_groups[0]["lr"] = highest * min(1, (step + 1) / 100) * _cosine(done)
            bar.set_postfix_str(_step(network, optimiser, pixels, wanted), refresh=False)
            averaged.update_parameters(network)
            bar.update()
    trained = averaged.module.eval()
    assert isinstance(trained, FaceNet)  # noqa: S101 -- for the type: it is a copy of the network
    return trained


def _step(network: FaceNet, optimiser: torch.optim.Optimizer, pixels: Tensor, wanted: Tensor) -> str:
    with torch.autocast("cpu", torch.bfloat16):
        out = network(pixels)
    centres, boxes = loss(out.float(), wanted)
    optimiser.zero_grad()
    (centres + 2 * boxes).backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    return f"centres {centres.item():.3f}, boxes {boxes.item():.3f}"


def _cosine(done: float) -> float:
    return 0.5 + 0.5 * math.cos(math.pi * done)


def _average(average: Tensor, now: Tensor, steps: Tensor | int) -> Tensor:
    """An exponential average that starts short, so that the first weights are forgotten."""
    return (
        average.lerp(now, 1 - min(0.995, int(steps) / (int(steps) + 20))) if now.is_floating_point() else now
    )


@contextmanager
def _scenes(material: Material, seed: int) -> Iterator[Iterator[tuple[Tensor, Tensor]]]:
    """Batches for ever, composed by a thread while the network learns (OpenCV lets it run meanwhile)."""
    cv2.setNumThreads(1)
    ready: queue.Queue[tuple[np.ndarray, np.ndarray]] = queue.Queue(8)
    ended = threading.Event()

    def compose() -> None:
        rng = np.random.default_rng(seed)
        while not ended.is_set():
            made = [scene(material, SIDE, rng) for _ in range(BATCH)]
            ready.put((np.stack([m.pixels for m in made]), np.stack([targets(m.labels, SIDE) for m in made])))

    threading.Thread(target=compose, daemon=True).start()
    try:
        yield (_tensors(*ready.get()) for _ in iter(int, 1))
    finally:
        ended.set()


def _tensors(pixels: np.ndarray, wanted: np.ndarray) -> tuple[Tensor, Tensor]:
    batch = torch.from_numpy(pixels).permute(0, 3, 1, 2).float()
    return batch.contiguous(memory_format=torch.channels_last), torch.from_numpy(wanted)
