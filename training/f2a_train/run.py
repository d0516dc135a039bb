"""A run: its state, stepping, translating, saving, resuming, and going back."""

import logging
from collections.abc import Callable
from dataclasses import asdict

import torch
from torch import Tensor

from f2a_faces.images import Pixels
from f2a_manifests import ExitCode, FatalError
from f2a_train import checkpoint as saved
from f2a_train.config import Config
from f2a_train.data import to_bytes, to_floats
from f2a_train.folder import RunFolder
from f2a_train.grid import sheet, to_images
from f2a_train.machine import settled
from f2a_train.state import State
from f2a_train.step import learn

log = logging.getLogger(__name__)


class Run(State):
    """A run's state, and what is done with it."""

    def resume(self, folder: RunFolder) -> None:
        """Take up the folder's checkpoint if there is one, and settle the precision either way.

        Raises:
            FatalError: it is of other choices or data, or broken.
        """
        old = saved.load(folder.checkpoint) if folder.checkpoint.exists() else None
        self.config = settled(self.config, old.config.precision if old else "", self.device)
        if old is None:
            return
        _check_same(folder, old, self.config, self.origin)
        try:
            self.restore(old)
        except FatalError as error:
            raise FatalError(f"{folder.checkpoint}: {error}") from None
        log.info("going on after step %d of %d", self.step, self.config.steps)

    def rollback(self, checkpoint: saved.Checkpoint) -> None:
        """Go back to a `snapshot`, or to a checkpoint of this run that was loaded.

        The same faces come again in the same order; change `rate_factor` or `augment_strength`
        afterwards, or the same losses come too.

        Raises:
            FatalError: it does not fit this run.
        """
        self.restore(checkpoint)
        log.warning("back at step %d", self.step)

    def learn(self, human: Tensor, anime: Tensor) -> dict[str, float]:
        """One step; see `f2a_train.step.learn`."""
        return learn(self, human, anime)

    def save(self, folder: RunFolder, *, best: bool = False) -> None:
        """Replace the folder's last checkpoint, or its best.

        Raises:
            FatalError: a weight is no number (the last good checkpoint stays), or the disk is full.
        """
        self.check_weights(folder)
        saved.save(folder.best if best else folder.checkpoint, self.checkpoint())

    def check_weights(self, folder: RunFolder) -> None:
        """Make sure that all weights are numbers.

        Raises:
            DivergedError: one is none.
        """
        if not all(weight.isfinite().all() for weight in self.networks.parameters()):
            raise diverged(self.step, "a weight", folder)

    def translate(self, direction: str, faces: Tensor) -> Tensor:
        """Translate with the averaged weights if there are any, without dropout, in fp32, not compiled.

        Args:
            direction: one of `f2a_train.config.DIRECTIONS`.
            faces: uint8, (N, 3, S, S).

        Returns:
            The same shape, on the CPU.
        """
        generators = self.average.generators if self.average else self.networks.generators
        generator = generators[direction].eval()
        with torch.no_grad():
            result = translate_faces(generator.forward, faces, self.device)
        self.networks.train()
        return result

    def draw(self, humans: Tensor, animes: Tensor) -> Pixels:
        """Translate the probe faces both ways and lay them out: sources above results."""
        to_anime, to_human = self.translate("human2anime", humans), self.translate("anime2human", animes)
        return sheet([(to_images(humans), to_images(to_anime)), (to_images(animes), to_images(to_human))])


def translate_faces(generator: Callable[[Tensor], Tensor], faces: Tensor, device: torch.device) -> Tensor:
    """Faces in, faces out: uint8, (N, 3, S, S), on the CPU."""
    return to_bytes(generator(to_floats(faces.to(device)))).cpu()


def resolve_device(name: str) -> torch.device:
    """``auto`` takes CUDA where there is one.

    Raises:
        FatalError: CUDA was asked for and is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise FatalError("there is no usable CUDA device here; use --device cpu", ExitCode.USAGE)
    return torch.device(name)


class DivergedError(FatalError):
    """A loss or a weight is no finite number any more."""


def diverged(step: int, what: str, folder: RunFolder) -> DivergedError:
    """The error of a run whose loss or weight is no finite number any more."""
    kept = f"; {folder.checkpoint} is the last good state" if folder.checkpoint.exists() else ""
    return DivergedError(
        f"{what} was no finite number at step {step}: training diverged{kept}; "
        "begin a new run with a lower --learning-rate or another --seed"
    )


def _check_same(folder: RunFolder, old: saved.Checkpoint, config: Config, origin: saved.Origin) -> None:
    """Refuse to go on with other choices or data.

    More steps are welcome where no schedule hangs on them. Compiling changes the last digits only.
    """
    before = asdict(old.config) | asdict(old.origin)
    now = asdict(config) | asdict(origin)
    before["compile"] = now["compile"]
    if not config.decay_from:
        before["steps"] = now["steps"]
    changed = [_difference(name, before[name], now[name]) for name in now if before[name] != now[name]]
    if changed:
        message = f"{folder.root} was begun with other choices or data: {'; '.join(changed)}"
        raise FatalError(f"{message}. Give the same again, or a new --out", ExitCode.USAGE)


def _difference(name: str, before: object, now: object) -> str:
    if name.endswith("_sha256"):
        return f"the {name.removesuffix('_sha256')} manifest has changed"
    return f"{name} was {before!r}, is {now!r}"
