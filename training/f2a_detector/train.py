"""The detector's training loop: scenes from a thread, one optimiser, averaged weights."""

import copy
import math
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from f2a_detector.losses import loss, targets
from f2a_detector.network import FaceNet
from f2a_detector.scenes import scene
from f2a_detector.training_data import TrainingData
from f2a_faces.detectors.f2a import GREY
from f2a_manifests import atomic_file
from f2a_manifests.progress import progress_bar

SIDE, BATCH, RATE = 256, 16, 2e-3
SAVE_EVERY = 120.0  # seconds
PARTS = ("network", "averaged", "optimiser")  # of the state, with the time and the steps


class DetectorTraining:
    """A network, the moving average of its weights, its optimiser, and its training time.

    Args:
        minutes: wall-clock time in all; the learning rate decays to zero over it.
        seed: of weights and scenes. Two runs still differ, because their numbers of steps do.
        keep: a file for the state, so that the same call continues after a kill.
        bf16: whether its passes are in bf16; a resumed run keeps its precision.
    """

    def __init__(self, minutes: float, seed: int, keep: Path | None = None, *, bf16: bool = False) -> None:
        torch.manual_seed(seed)
        self.minutes, self.seed, self.keep = minutes, seed, keep
        self.network = FaceNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network.train()
        self.averaged = AveragedModel(self.network, avg_fn=_average, use_buffers=True)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), weight_decay=1e-4)
        self.seconds, self.steps = 0.0, 0
        self.bf16 = bf16
        if keep and keep.exists():
            self._resume(keep)

    @property
    def share(self) -> float:
        """Share of the time that has passed, 0 to 1 and a little more."""
        return self.seconds / 60 / self.minutes

    @property
    def trained(self) -> FaceNet:
        """A copy of the weights' average over the last few hundred steps, in evaluation mode."""
        copied = copy.deepcopy(self.averaged.module).eval()
        assert isinstance(copied, FaceNet)  # noqa: S101 -- for the type: it is a copy of the network
        return copied

    def train(self, data: TrainingData, until: float = 1.0) -> None:
        """Train on scenes until a share of the time has passed.

        Args:
            data: what scenes are composed of.
            until: 0 to 1.
        """
        saved = self.seconds
        with (
            _scenes(data, (self.seed, self.steps)) as batches,
            progress_bar("train", unit="step") as bar,
        ):
            while self.share < until:
                began = time.monotonic()
                bar.set_postfix_str(self._step(*next(batches)), refresh=False)
                bar.update()
                self.seconds += time.monotonic() - began
                if self.seconds > saved + SAVE_EVERY:
                    self._save()
                    saved = self.seconds
        self._save()

    def _step(self, pixels: Tensor, wanted: Tensor) -> str:
        """Train on one batch."""
        cosine = 0.5 + 0.5 * math.cos(math.pi * min(self.share, 1.0))
        self.optimiser.param_groups[0]["lr"] = RATE * min(1, (self.steps + 1) / 100) * cosine
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            out = self.network(pixels)
        centres, boxes = loss(out.float(), wanted)
        self.optimiser.zero_grad()
        (centres + 2 * boxes).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.averaged.update_parameters(self.network)
        self.steps += 1
        return f"centres {centres.item():.3f}, boxes {boxes.item():.3f}"

    def _save(self) -> None:
        if self.keep:
            parts = {name: getattr(self, name).state_dict() for name in PARTS}
            with atomic_file(self.keep) as file:
                torch.save({**parts, "seconds": self.seconds, "steps": self.steps, "bf16": self.bf16}, file)

    def _resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        for name in PARTS:
            getattr(self, name).load_state_dict(state[name])
        self.seconds, self.steps, self.bf16 = state["seconds"], state["steps"], state["bf16"]


def _average(average: Tensor, now: Tensor, steps: Tensor | int) -> Tensor:
    """An exponential moving average, short at first so that the initial weights are forgotten."""
    return (
        average.lerp(now, 1 - min(0.998, int(steps) / (int(steps) + 20))) if now.is_floating_point() else now
    )


@contextmanager
def _scenes(data: TrainingData, seed: tuple[int, int]) -> Iterator[Iterator[tuple[Tensor, Tensor]]]:
    """Endless batches, composed by a thread while the network trains (OpenCV releases the GIL)."""
    cv2.setNumThreads(1)
    ready: queue.Queue[tuple[np.ndarray, np.ndarray]] = queue.Queue(8)
    ended = threading.Event()

    def compose() -> None:
        rng = np.random.default_rng(seed)
        while not ended.is_set():
            made = [scene(data, SIDE, rng) for _ in range(BATCH)]
            ready.put((np.stack([m.pixels for m in made]), np.stack([targets(m.labels, SIDE) for m in made])))

    threading.Thread(target=compose, daemon=True).start()
    try:
        yield (_tensors(*ready.get()) for _ in iter(int, 1))
    finally:
        ended.set()


def _tensors(pixels: np.ndarray, wanted: np.ndarray) -> tuple[Tensor, Tensor]:
    batch = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - GREY
    return batch.contiguous(memory_format=torch.channels_last), torch.from_numpy(wanted)
