"""What the first process does besides the steps: logs, watchdog, grids, checkpoints, stopping."""

import math
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Never

from torch import Tensor
from tqdm import tqdm

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.run_folder import RunFolder
from f2a_methods import method_of
from f2a_train.engine.clock import Clock
from f2a_train.engine.log import RunLog
from f2a_train.engine.options import Options
from f2a_train.engine.run import DivergedError, Run, diverged
from f2a_train.engine.watch_evaluation import Probes
from f2a_train.engine.watchdog import Watchdog


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """The outcome of a step, for all processes.

    Attributes:
        rolled_back: whether the run is at an earlier step now.
        finished: whether that was its last one.
    """

    rolled_back: bool
    finished: bool


class Recorder:
    """Maintains a run's folder. Every process has one; only the first opens and uses it.

    Args:
        run: the run.
        folder: its folder.
        options: how to run.
        probes: gives the faces of the watchdog's evaluations.
        faces: uint8, (up to 8, 3, S, S), of either domain, for the grids.
        bar: of the progress.
        stopped: set when the run is to stop.
    """

    def __init__(
        self,
        run: Run,
        folder: RunFolder,
        options: Options,
        probes: Callable[[], Probes],
        faces: tuple[Tensor, Tensor],
        bar: "tqdm[Never]",
        stopped: threading.Event,
    ) -> None:
        self._run, self._folder, self._options, self._probes = run, folder, options, probes
        self._faces, self._bar, self._stopped = faces, bar, stopped

    def open(self, stack: ExitStack) -> bool:
        """Open the logs, until the stack is left.

        Returns:
            Whether the run is finished already.
        """
        run, options = self._run, self._options
        self._watchdog = Watchdog(run, self._folder, self._probes, options.watchdog, options.watch_every)
        self._clock = Clock(self._folder.clock, run.step, options.now)
        finished = self._is_finished()
        self._log = stack.enter_context(RunLog(self._folder, method_of(run.config).losses, run.step))
        return finished

    def after(self, losses: dict[str, float]) -> StepOutcome:
        """Record a step.

        Raises:
            DivergedError: a loss or a weight is NaN or infinite, and the watchdog may not act.
            FatalError: the run collapsed too often, or was asked to stop (`ExitCode.INTERRUPTED`); it is
                saved.
        """
        try:
            self._note(losses)
            rolled_back = self._watchdog.evaluate()
        except DivergedError as error:
            rolled_back = self._watchdog.rescue(error)
        finished = self._is_finished()
        if finished or self._is_due(self._options.sample_every):
            self._log.grid(self._run.step, self._run.draw(*self._faces))
        if finished or rolled_back or self._stopped.is_set() or self._is_due(self._options.checkpoint_every):
            self._save()
        if rolled_back:  # after the checkpoint: until then a resumed run needs those losses
            self._log.go_back(self._run.step)
            self._bar.n = self._run.config.images_per_step * self._run.step
        if self._stopped.is_set() and not finished:
            again = "run the same command again to continue"
            raise FatalError(f"stopped after step {self._run.step}; {again}", ExitCode.INTERRUPTED)
        return StepOutcome(rolled_back, finished)

    def _note(self, losses: dict[str, float]) -> None:
        run = self._run
        if not all(map(math.isfinite, losses.values())):
            raise diverged(run.step, "a loss", self._folder)
        self._log.losses(run.step, losses)
        shown = (f"{name} {losses[name]:.3f}" for name in method_of(run.config).shown)
        self._bar.set_postfix_str(", ".join(shown), refresh=False)
        self._bar.update(run.config.images_per_step)
        if self._is_finished() or self._is_due(self._options.checkpoint_every):
            run.check_weights(self._folder)

    def _save(self) -> None:
        self._log.sync()
        self._clock.keep(self._run.step)
        self._run.save(self._folder)

    def _is_due(self, every: int) -> bool:
        return self._run.step % every == 0

    def _is_finished(self) -> bool:
        # A run takes at least one step.
        spent = self._run.step > 0 and self._clock.seconds >= 60 * self._options.minutes
        return spent or self._run.step >= self._run.config.steps
