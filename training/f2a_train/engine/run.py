"""A run: training steps, translating, saving, resuming and rolling back."""

import logging
from collections.abc import Callable
from dataclasses import asdict

import torch
from torch import Tensor

from f2a_faces.images import Pixels
from f2a_manifests import ExitCode, FatalError
from f2a_manifests.run_folder import RunFolder
from f2a_methods import method_of, processes
from f2a_methods.config import Config
from f2a_methods.method import StepContext
from f2a_train.data.faces import to_bytes, to_floats
from f2a_train.engine import checkpoint as saved
from f2a_train.engine.precision import settled
from f2a_train.engine.state import State
from f2a_train.pixels import to_images
from f2a_translate.grid import sheet

log = logging.getLogger(__name__)
MOST = 5  # differences listed


class Run(State):
    """A run's state and operations."""

    def resume(self, folder: RunFolder) -> bool:
        """Load the folder's checkpoint if there is one, and fix the precision either way.

        Returns:
            Whether there was one.

        Raises:
            FatalError: it has other settings or data, or is broken.
        """
        old = saved.load(folder.checkpoint) if folder.checkpoint.exists() else None
        self.config = settled(self.config, old.config.precision if old else None, self.device)
        if old is None:
            return False
        _check_same(folder, old, self.config, self.origin)
        try:
            self.restore(old)
        except FatalError as error:
            raise FatalError(f"{folder.checkpoint}: {error}") from None
        log.info("continuing after step %d of %d", self.step, self.config.steps)
        return True

    def rollback(self, checkpoint: saved.Checkpoint) -> None:
        """Roll back to a `snapshot` or a loaded checkpoint of this run.

        The same faces follow in the same order; change `rate_factor` or `augment_strength`
        afterwards, or the losses will be the same, too.

        Raises:
            FatalError: it does not fit this run.
        """
        self.restore(checkpoint)
        log.warning("back at step %d", self.step)

    def learn(self, human: Tensor, anime: Tensor) -> dict[str, float]:
        """One step on a batch of each domain.

        Args:
            human: float32 in [-1, 1], (N, 3, S, S); with several processes this one's part.
            anime: likewise.

        Returns:
            The method's losses, averaged over the whole batch, before the update.
        """
        bf16 = self.config.precision == "bf16"
        context = StepContext(self.step, self.rate_factor, self.augment_strength, bf16)
        losses = self.learner.step(human, anime, context)
        self.step += 1
        if self.average:
            images = len(human) * processes.world_size()
            self.average.update(self.step * images, images)
        names = method_of(self.config).losses
        values = processes.all_mean(torch.stack([losses[name] for name in names]))
        return dict(zip(names, values.tolist(), strict=True))  # the only device synchronisation

    def save(self, folder: RunFolder, *, best: bool = False) -> None:
        """Replace the folder's last checkpoint, or its best.

        Raises:
            FatalError: a weight is NaN or infinite (the last good checkpoint stays), or the disk is full.
        """
        self.check_weights(folder)
        saved.save(folder.best if best else folder.checkpoint, self.checkpoint())

    def check_weights(self, folder: RunFolder) -> None:
        """Check that all weights are finite.

        Raises:
            DivergedError: one is NaN or infinite.
        """
        if not all(weight.isfinite().all() for weight in self.networks.parameters()):
            raise diverged(self.step, "a weight", folder)

    def translate(self, direction: str, faces: Tensor) -> Tensor:
        """Translate with the averaged weights if there are any, without dropout, in fp32, not compiled.

        Args:
            direction: one of the method's.
            faces: uint8, (N, 3, S, S).

        Returns:
            The same shape, on the CPU.
        """
        generators = self.average.generators if self.average else self.learner.generators
        generator = generators[direction].eval()
        with torch.no_grad():
            result = translate_faces(generator.forward, faces, self.device)
        self.networks.train()
        return result

    def draw(self, humans: Tensor, animes: Tensor) -> Pixels:
        """Translate the probe faces each way the method has, and lay them out: sources above results."""
        probes = {"human2anime": humans, "anime2human": animes}
        return sheet(
            [
                (to_images(probes[direction]), to_images(self.translate(direction, probes[direction])))
                for direction in method_of(self.config).directions
            ]
        )


def translate_faces(generator: Callable[[Tensor], Tensor], faces: Tensor, device: torch.device) -> Tensor:
    """Translate uint8 faces, (N, 3, S, S), on the CPU."""
    return to_bytes(generator(to_floats(faces.to(device)))).cpu()


def resolve_device(name: str) -> torch.device:
    """``auto`` takes CUDA where there is one; each of several processes on a machine has a GPU of its own.

    Raises:
        FatalError: CUDA was asked for and is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise FatalError("there is no usable CUDA device here; use --device cpu", ExitCode.USAGE)
    if name == "cuda" and processes.world_size() > 1:
        return _own_gpu(processes.local_rank(), torch.cuda.device_count())
    return torch.device(name)


def _own_gpu(number: int, gpus: int) -> torch.device:
    if number >= gpus:
        raise FatalError(
            f"this machine has {gpus} GPUs: start no more processes on it (--nproc-per-node)", ExitCode.USAGE
        )
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


class DivergedError(FatalError):
    """A loss or a weight has become NaN or infinite."""


def diverged(step: int, what: str, folder: RunFolder) -> DivergedError:
    """The error of a run whose loss or weight has become NaN or infinite."""
    kept = f"; {folder.checkpoint} is the last good state" if folder.checkpoint.exists() else ""
    return DivergedError(
        f"{what} was NaN or infinite at step {step}: training diverged{kept}; "
        "start a new run with a lower --learning-rate or another seed"
    )


def _check_same(folder: RunFolder, old: saved.Checkpoint, config: Config, origin: saved.RunOrigin) -> None:
    """Refuse to continue with other settings or data.

    More steps are allowed until the learning rate begins to decay, which depends on the last step.
    """
    before = old.config.to_dict() | asdict(old.origin)
    now = config.to_dict() | asdict(origin)
    falls = config.decay_from and old.step > config.decay_from
    free = {*config.MAY_CHANGE} | (set() if falls else {"steps"})
    changed = [
        _difference(name, before.get(name), now[name])
        for name in sorted(now, key=lambda name: name != "init")  # which explains most of the others
        if name not in free and before.get(name) != now[name]
    ]
    if changed:
        message = f"{folder.root} was started with other settings or data: {'; '.join(changed[:MOST])}"
        raise FatalError(f"{message}. Use the same again, or a new --out", ExitCode.USAGE)


def _difference(name: str, before: object, now: object) -> str:
    if name.endswith("_sha256"):
        return f"the {name.removesuffix('_sha256')} manifest has changed"
    if name == "init":
        return "--init names another file"
    return f"{name} was {before!r}, is {now!r}"
