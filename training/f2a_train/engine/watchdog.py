"""The watchdog: evaluates a run at intervals, reports faults, and rolls back after a collapse."""

import logging
from collections.abc import Callable
from dataclasses import asdict, replace

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.run_folder import RunFolder
from f2a_methods.config import Mode
from f2a_methods.method import STRONGEST
from f2a_train.engine.checkpoint import load
from f2a_train.engine.run import DivergedError, Run
from f2a_train.engine.watch_evaluation import Evaluation, Probes
from f2a_train.engine.watch_limits import NOT_DRAWN, Memory, faults
from f2a_train.engine.watch_log import WatchLog

log = logging.getLogger(__name__)
PATIENCE = 2  # consecutive evaluations with a fault that counts, which make a collapse
TRIES = 3  # rollbacks per run
RATE_CUT = 0.5  # factor on the discriminators' learning rate per rollback
STRONGER = 0.25  # added to the augmentation's strength per rollback


class Watchdog:
    """Watches one run.

    Args:
        run: the run.
        folder: its folder; ``watch.csv`` and ``best.pt`` are written there.
        choose: returns the probe faces; called at the first evaluation.
        mode: ``act`` rolls back, ``warn`` only reports, ``off`` does not evaluate.
        every: steps between evaluations.
    """

    def __init__(
        self, run: Run, folder: RunFolder, choose: Callable[[], Probes], mode: Mode, every: int
    ) -> None:
        self._run, self.folder, self._mode, self._every = run, folder, mode, every
        self._choose: Callable[[], Probes] | None = choose
        self._probes: Probes | None = None
        self._memory = Memory.of(run.watch)
        self._log = WatchLog(folder.watch, self._memory.back, run.step)
        if mode == "act" and (run.step == 0 or not folder.best.exists()):
            run.save(folder, best=True)  # so that there is a state to roll back to

    def evaluate(self) -> bool:
        """Evaluate the run if it is time to.

        Returns:
            Whether the run rolled back to an earlier step.

        Raises:
            FatalError: the run collapsed too often (`ExitCode.COLLAPSED`).
            DivergedError: a weight is NaN or infinite.
        """
        if self._mode == "off" or self._run.step % self._every:
            return False
        self._run.check_weights(self.folder)
        probes = self._chosen()
        return probes is not None and self._assess(Evaluation.at(self._run, probes))

    def rescue(self, error: DivergedError) -> bool:
        """Roll back after a NaN or infinite loss or weight, immediately.

        Raises:
            DivergedError: the same, if the watchdog may not act.
            FatalError: it happened too often.
        """
        if self._mode != "act":
            raise error
        return self._roll_back(None, ["NaN or infinite"])

    def _assess(self, evaluation: Evaluation) -> bool:
        run = self._run
        wrong = faults(evaluation, self._memory)
        is_best = not wrong and self._memory.is_best(evaluation)
        self._remember(self._memory.after(evaluation, wrong))
        (log.warning if self._memory.streak or NOT_DRAWN in wrong else log.info)(
            _line(run.step, evaluation, wrong)
        )
        if self._memory.streak >= PATIENCE and self._mode == "act":
            return self._roll_back(evaluation, wrong)
        if is_best:
            run.save(self.folder, best=True)
        collapsed = "collapsed" if self._memory.streak >= PATIENCE else ""
        self._write(evaluation, wrong, "best" if is_best else collapsed)
        return False

    def _roll_back(self, evaluation: Evaluation | None, wrong: list[str]) -> bool:
        what = f"collapsed at step {self._run.step} ({', '.join(wrong)})"
        if self._memory.back >= TRIES:
            self._write(evaluation, wrong, "gave up")
            message = (
                f"{what}, and rolling back {TRIES} times did not help; {self.folder.best} is the best state"
            )
            raise FatalError(message, ExitCode.COLLAPSED)
        self._write(evaluation, wrong, "rolled back")
        log.warning("%s: rolling back to the best state", what)
        self._run.rollback(load(self.folder.best))
        back = self._memory.back + 1
        self._remember(replace(self._memory, back=back, streak=0))
        self._run.rate_factor = RATE_CUT**back
        self._run.augment_strength = min(1 + STRONGER * back, STRONGEST)
        return True

    def _remember(self, memory: Memory) -> None:
        self._memory, self._run.watch = memory, asdict(memory)

    def _write(self, evaluation: Evaluation | None, wrong: list[str], action: str) -> None:
        self._log.add(self._run.step, self._memory.back, evaluation, wrong, action)

    def _chosen(self) -> Probes | None:
        """The probe faces; None if there are none, which is logged once."""
        if self._probes is None and self._choose is not None:
            try:
                self._probes = self._choose()
            except FatalError as error:
                log.warning("the watchdog detects only NaN and infinite values: %s", error)
            self._choose = None
        return self._probes


def _line(step: int, evaluation: Evaluation, wrong: list[str]) -> str:
    """One evaluation as a line of the log."""
    parts = (
        f"step {step}: kid_lite2 {evaluation.kid_lite2:.0f} (photos {evaluation.untranslated:.0f})",
        f"coverage {evaluation.coverage:.2f}",
        f"spread {evaluation.spread:.2f}",
        f"retrieval {evaluation.retrieval:.2f}",
        f"colour rank {evaluation.colour_rank:.2f}",
        f"tone of skin {evaluation.tone_rank_skin:+.2f}, of hair {evaluation.tone_rank_hair:+.2f}",
        f"change {evaluation.change:.2f}",
    )
    return ", ".join(parts) + (f": {', '.join(wrong).upper()}" if wrong else "")
