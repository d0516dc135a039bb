"""The training loop: read the faces, resume or start, then step, log, draw and save."""

import json
import math
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Never

import torch
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from f2a_manifests import Domain, ExitCode, FatalError, Workspace, write_text
from f2a_manifests.atomic import explain
from f2a_manifests.run_folder import RunFolder
from f2a_manifests.version import __version__
from f2a_train.config import Config, Mode
from f2a_train.data.faces import Faces, Sampler, load_faces, near, to_floats
from f2a_train.engine.checkpoint import RunOrigin
from f2a_train.engine.clock import Clock
from f2a_train.engine.initial import adopt, digest_of, source_of
from f2a_train.engine.log import RunLog
from f2a_train.engine.run import DivergedError, Run, diverged, resolve_device
from f2a_train.engine.watch_evaluation import Probes
from f2a_train.engine.watchdog import Watchdog
from f2a_train.methods import method_of

STOPS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, a normal kill, and a closed terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run. Unlike `Config`, on one device only an acting watchdog changes the losses.

    Attributes:
        device: ``auto``, ``cpu`` or ``cuda``.
        sample_every: steps between grids; the last step always has one.
        checkpoint_every: steps between checkpoints; the last step always has one.
        progress: whether to draw a progress bar on standard error.
        seconds: of training in all, earlier processes included, after which the run ends as at its last
            step.
        watchdog: ``act``, ``warn`` or ``off``; see `f2a_train.engine.watchdog`.
        watch_every: steps between its evaluations.
        init: where a new run's weights come from, see `f2a_train.engine.initial.source_of`; empty for
            random ones.
    """

    device: str = "auto"
    sample_every: int = 500
    checkpoint_every: int = 500
    progress: bool = True
    seconds: float = math.inf
    watchdog: Mode = "warn"
    watch_every: int = 500
    init: str = ""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """The result of a run.

    Attributes:
        step: steps done, in all.
        seconds: of this call's own steps.
        losses: of the last step, by the method's names; empty if nothing was left to do.
    """

    step: int
    seconds: float
    losses: dict[str, float]


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
        FatalError: bad data, a folder of something else, a run with other settings or data, a NaN or
            infinite loss, a full disk, or a request to stop (exit code 130; the run is saved).
    """
    options = options or Options()
    humans, animes = load_faces(human, Domain.HUMAN, config.human_source), load_faces(anime, Domain.ANIME)
    config = config.resolved(faces=max(len(humans.pixels), len(animes.pixels)))
    origin = RunOrigin.of(humans, animes)
    source = source_of(options.init, origin.size) if options.init else None
    config = replace(config, init=digest_of(source) if source else "")
    run = Run(config, origin, resolve_device(options.device))
    folder = RunFolder(out)
    try:
        with folder.claimed():
            if not run.resume(folder) and source:
                adopt(run, source)
            _mark(folder, run, human, anime)

            def probes() -> Probes:
                return Probes.of(human, anime, humans.size, config.human_source)

            watchdog = Watchdog(run, folder, probes, options.watchdog, options.watch_every)
            return _loop(run, humans, animes, watchdog, options)
    except OSError as error:
        raise FatalError(explain(error, folder.losses)) from error


def _loop(run: Run, humans: Faces, animes: Faces, watchdog: Watchdog, options: Options) -> TrainingResult:
    config, folder = run.config, watchdog.folder
    human_order = Sampler(len(humans.pixels), config.batch_size, (config.seed, 0))
    anime_order = Sampler(len(animes.pixels), config.batch_size, (config.seed, 1))
    human_faces, anime_faces = near(humans.pixels, run.device), near(animes.pixels, run.device)
    losses: dict[str, float] = {}
    began = time.perf_counter()
    clock = Clock(folder.clock, run.step)
    finished = _finished(run, clock, options)
    with ExitStack() as stack:
        bar = stack.enter_context(_bar(run, options))
        stopped = stack.enter_context(_stop_signals(bar))
        run_log = stack.enter_context(RunLog(folder, method_of(config).losses, run.step))
        stack.enter_context(logging_redirect_tqdm())  # lines of the log above the bar, not within it

        while not finished:
            human = to_floats(human_order.batch(human_faces, run.step).to(run.device))
            anime = to_floats(anime_order.batch(anime_faces, run.step).to(run.device))
            try:
                losses = run.learn(human, anime)
                if not all(map(math.isfinite, losses.values())):
                    raise diverged(run.step, "a loss", folder)
                run_log.losses(run.step, losses)
                bar.set_postfix_str(_short(run, losses), refresh=False)
                bar.update(2 * config.batch_size)
                if _finished(run, clock, options) or run.step % options.checkpoint_every == 0:
                    run.check_weights(folder)
                went_back = watchdog.evaluate()
            except DivergedError as error:
                went_back = watchdog.rescue(error)

            finished = _finished(run, clock, options)
            if finished or run.step % options.sample_every == 0:
                run_log.grid(run.step, run.draw(humans.probes, animes.probes))
            if finished or went_back or stopped.is_set() or run.step % options.checkpoint_every == 0:
                run_log.sync()
                clock.keep(run.step)
                run.save(folder)
            if went_back:  # after the checkpoint: until then the old one counts, and needs those losses
                run_log.go_back(run.step)
                bar.n = 2 * config.batch_size * run.step
            if stopped.is_set() and not finished:
                again = "run the same command again to continue"
                raise FatalError(f"stopped after step {run.step}; {again}", ExitCode.INTERRUPTED)
    return TrainingResult(run.step, time.perf_counter() - began, losses)


def _finished(run: Run, clock: Clock, options: Options) -> bool:
    spent = run.step > 0 and clock.seconds >= options.seconds  # a run takes at least one step
    return spent or run.step >= run.config.steps


def _short(run: Run, losses: dict[str, float]) -> str:
    return ", ".join(f"{name} {losses[name]:.3f}" for name in method_of(run.config).shown)


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
    images = 2 * run.config.batch_size  # a step sees a batch of each domain
    return tqdm(
        total=run.config.steps * images if options.seconds == math.inf else None,
        initial=run.step * images,
        unit="img",
        disable=not options.progress,
        mininterval=0.2 if sys.stderr.isatty() else 30.0,
        dynamic_ncols=True,
    )


@contextmanager
def _stop_signals(bar: "tqdm[Never]") -> Iterator[threading.Event]:
    """Let `STOPS` end the run after the current step; a second one ends it immediately."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped  # only the main thread may handle signals
        return
    numbers = [getattr(signal, name) for name in STOPS if hasattr(signal, name)]
    found = {int(number): signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in found.items() if handler != signal.SIG_IGN}  # nohup's

    def stop(number: int, _: FrameType | None) -> None:
        stopped.set()
        bar.disable = True  # its terminal may be gone
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
