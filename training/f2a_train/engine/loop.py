"""The training loop: read the faces, resume or start, and train, in one process or in several."""

import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Never

import torch
from torch import Tensor
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from f2a_manifests import Domain, FatalError, Workspace, write_text
from f2a_manifests.atomic import explain
from f2a_manifests.run_folder import RunFolder
from f2a_manifests.version import __version__
from f2a_methods import processes
from f2a_methods.config import Config
from f2a_train.data.domain import Faces
from f2a_train.data.faces import Sampler, load_faces, on_device, to_floats
from f2a_train.data.frontal import frontal
from f2a_train.engine.checkpoint import RunOrigin
from f2a_train.engine.initial import digest_of, load_initial, source_of
from f2a_train.engine.options import Options
from f2a_train.engine.recorder import Recorder
from f2a_train.engine.run import Run, resolve_device
from f2a_train.engine.stop import stop_signals
from f2a_train.engine.watch_evaluation import Probes

__all__ = ["Options", "TrainingResult", "train"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a run: two manifests and their training faces, human and anime.

    Only human faces of one source, if it is not empty.
    """

    manifests: tuple[Path, Path]
    source: str
    faces: tuple[Faces, Faces]

    @classmethod
    def of(cls, human: Path, anime: Path, config: Config) -> "Inputs":
        """Read the faces; see `train` for errors."""
        photos, drawings = (
            load_faces(human, Domain.HUMAN, config.human_source),
            load_faces(anime, Domain.ANIME),
        )
        chosen = frontal(anime, drawings, config.frontal_share)
        return cls((human, anime), config.human_source, (photos, chosen))

    @property
    def probes(self) -> tuple[Tensor, Tensor]:
        """The faces of the grids, of either domain."""
        return self.faces[0].probes, self.faces[1].probes

    def watched(self) -> Probes:
        """The faces of the watchdog's evaluations."""
        return Probes.of(*self.manifests, self.faces[0].size, self.source)

    def batches(self, run: Run) -> Callable[[int], list[Tensor]]:
        """A function from the step to this process' part of both batches: float32 in [-1, 1], NCHW."""
        config = run.config
        domains = [
            (
                Sampler(
                    len(faces.pixels),
                    config.batch_size,
                    (config.seed, number),
                    faces.chosen,
                    config.frontal_from,
                ),
                on_device(faces.pixels, run.device),
            )
            for number, faces in enumerate(self.faces)
        ]
        return lambda step: [
            to_floats(order.batch(pixels, step, processes.shard_slice()).to(run.device))
            for order, pixels in domains
        ]


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """The result of a run.

    Attributes:
        step: steps done, in all.
        seconds: of this call's own steps.
        losses: of the last step, by the method's names; empty if nothing was left to do.
        first: whether this is the first of several processes, or the only one.
    """

    step: int
    seconds: float
    losses: dict[str, float]
    first: bool = True


def train(
    human: Path, anime: Path, out: Path, config: Config, options: Options | None = None
) -> TrainingResult:
    """Train on the faces of two manifests, or continue a stopped run.

    Args:
        human: ``WORKSPACE/manifests/human.csv``.
        anime: ``WORKSPACE/manifests/anime.csv``.
        out: the run's folder; see `f2a_manifests.run_folder`.
        config: what to train.
        options: how to run.

    Raises:
        FatalError: invalid data, a folder with other content, a run with other settings or data, a NaN or
            infinite loss, a full disk, or a request to stop (exit code 130; the run is saved).
    """
    options = options or Options()
    folder = RunFolder(out)
    try:
        with processes.process_group():
            return _train(Inputs.of(human, anime, config), folder, config, options)
    except OSError as error:
        raise FatalError(explain(error, folder.losses)) from error


def _train(inputs: Inputs, folder: RunFolder, config: Config, options: Options) -> TrainingResult:
    origin = RunOrigin.of(*inputs.faces)
    config = config.resolved(faces=max(faces.count for faces in inputs.faces))
    source = source_of(options.init, origin.size) if options.init else None
    config = replace(config, init=processes.run_on_first(lambda: digest_of(source)) if source else "")
    processes.check_same((config, origin))
    processes.check_divides(config.batch_size)
    run = Run(config, origin, resolve_device(options.device))
    with ExitStack() as stack:
        processes.run_on_first(lambda: _begin(run, inputs, folder, source, stack))
        run.follow()
        bar = stack.enter_context(_bar(run, options))
        stopped = stack.enter_context(stop_signals(bar))
        stack.enter_context(logging_redirect_tqdm())  # lines of the log above the bar, not within it
        recorder = Recorder(run, folder, options, inputs.watched, inputs.probes, bar, stopped)
        return _loop(run, inputs.batches(run), recorder, stack)


def _begin(run: Run, inputs: Inputs, folder: RunFolder, source: Path | None, stack: ExitStack) -> None:
    """Lock the folder until the stack is left, and resume or start."""
    stack.enter_context(folder.locked())
    if not run.resume(folder) and source:
        load_initial(run, source)
    _mark(folder, run, *inputs.manifests)


def _loop(
    run: Run, batches: Callable[[int], list[Tensor]], recorder: Recorder, stack: ExitStack
) -> TrainingResult:
    losses: dict[str, float] = {}
    began = time.perf_counter()
    finished = processes.run_on_first(lambda: recorder.open(stack))
    while not finished:
        losses = run.learn(*batches(run.step))
        outcome = processes.run_on_first(partial(recorder.after, losses))
        if outcome.rolled_back:
            run.follow()
        finished = outcome.finished
    return TrainingResult(run.step, time.perf_counter() - began, losses, processes.rank() == 0)


def _mark(folder: RunFolder, run: Run, human: Path, anime: Path) -> None:
    content = {
        "human": _place(human, folder),
        "anime": _place(anime, folder),
        "config": run.config.to_dict(),
        "origin": asdict(run.origin),
        "device": str(run.device),
        "versions": {"f2a": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }
    write_text(folder.mark, json.dumps(content, indent=2) + "\n")


def _place(manifest: Path, folder: RunFolder) -> str:
    """A manifest's path, relative to the run's folder if that is in its workspace, which may be moved."""
    root, path = folder.root.resolve(), manifest.resolve()
    inside = root.is_relative_to(Workspace.of_manifest(path).root)
    return Path(os.path.relpath(path, root)).as_posix() if inside else str(path)


def _bar(run: Run, options: Options) -> "tqdm[Never]":
    images = run.config.images_per_step
    return tqdm(
        total=run.config.steps * images if options.minutes == math.inf else None,
        initial=run.step * images,
        unit="img",
        disable=not options.progress or processes.rank() > 0,
        mininterval=0.2 if sys.stderr.isatty() else 30.0,
        dynamic_ncols=True,
    )
