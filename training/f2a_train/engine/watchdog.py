"""The watchdog: looks at a run every so many steps, says what it sees, and goes back when it goes wrong."""

import logging
from collections.abc import Callable
from dataclasses import asdict, replace

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.run_folder import RunFolder
from f2a_train.config import Mode
from f2a_train.engine.checkpoint import load
from f2a_train.engine.run import DivergedError, Run
from f2a_train.engine.watch_limits import Memory, faults
from f2a_train.engine.watch_log import WatchLog
from f2a_train.engine.watch_look import Look, Probes
from f2a_train.method import STRONGEST

log = logging.getLogger(__name__)
PATIENCE = 2  # looks in a row at which something must be wrong
TRIES = 3  # times that a run may go back
CALMER = 0.5  # times the discriminators' rate, each time
STRONGER = 0.25  # more augmentation, each time


class Watchdog:
    """Watches one run.

    Args:
        run: the run.
        folder: its folder; ``watch.csv`` and ``best.pt`` are written there.
        choose: gives the probe faces; called at the first look.
        mode: ``act`` goes back, ``warn`` only says so, ``off`` does not look.
        every: steps between looks.
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
            run.save(folder, best=True)  # so that there is something to go back to

    def look(self) -> bool:
        """Look, if it is time to.

        Returns:
            Whether the run went back, to an earlier step.

        Raises:
            FatalError: the run collapsed too often (`ExitCode.COLLAPSED`).
            DivergedError: a weight is no number.
        """
        if self._mode == "off" or self._run.step % self._every:
            return False
        self._run.check_weights(self.folder)
        probes = self._chosen()
        return probes is not None and self._judge(Look.at(self._run, probes))

    def rescue(self, error: DivergedError) -> bool:
        """Go back from a loss or weight that is no number, at once.

        Raises:
            DivergedError: the same, where the watchdog may not act.
            FatalError: it happened too often.
        """
        if self._mode != "act":
            raise error
        return self._go_back(None, ["no number"])

    def _judge(self, look: Look) -> bool:
        run = self._run
        wrong = faults(look, self._memory)
        is_best = not wrong and look.kid_lite2 < self._memory.best_kid
        self._remember(self._memory.after(look, wrong))
        (log.warning if self._memory.streak else log.info)(_line(run.step, look, wrong))
        if self._memory.streak >= PATIENCE and self._mode == "act":
            return self._go_back(look, wrong)
        if is_best:
            run.save(self.folder, best=True)
        collapsed = "collapsed" if self._memory.streak >= PATIENCE else ""
        self._write(look, wrong, "best" if is_best else collapsed)
        return False

    def _go_back(self, look: Look | None, wrong: list[str]) -> bool:
        what = f"collapsed at step {self._run.step} ({', '.join(wrong)})"
        if self._memory.back >= TRIES:
            self._write(look, wrong, "gave up")
            message = (
                f"{what}, and going back {TRIES} times did not help; {self.folder.best} is the best state"
            )
            raise FatalError(message, ExitCode.COLLAPSED)
        self._write(look, wrong, "went back")
        log.warning("%s: going back to the best state", what)
        self._run.rollback(load(self.folder.best))
        back = self._memory.back + 1
        self._remember(replace(self._memory, back=back, streak=0))
        self._run.rate_factor = CALMER**back
        self._run.augment_strength = min(1 + STRONGER * back, STRONGEST)
        return True

    def _remember(self, memory: Memory) -> None:
        self._memory, self._run.watch = memory, asdict(memory)

    def _write(self, look: Look | None, wrong: list[str], action: str) -> None:
        self._log.add(self._run.step, self._memory.back, look, wrong, action)

    def _chosen(self) -> Probes | None:
        """The probe faces; None where there are none to choose, which is said once."""
        if self._probes is None and self._choose is not None:
            try:
                self._probes = self._choose()
            except FatalError as error:
                log.warning("the watchdog only sees numbers that are none: %s", error)
            self._choose = None
        return self._probes


def _line(step: int, look: Look, wrong: list[str]) -> str:
    """One look for people."""
    parts = (
        f"step {step}: kid_lite2 {look.kid_lite2:.0f} (photos {look.untranslated:.0f})",
        f"spread {look.spread:.2f}",
        f"retrieval {look.retrieval:.2f}",
        f"colour rank {look.colour_rank:.2f}",
        f"tone of skin {look.tone_rank_skin:+.2f}, of hair {look.tone_rank_hair:+.2f}",
        f"change {look.change:.2f}",
    )
    return ", ".join(parts) + (f": {', '.join(wrong).upper()}" if wrong else "")
