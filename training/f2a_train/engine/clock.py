"""The training time of a run, over all its starts."""

from collections.abc import Callable
from pathlib import Path

from f2a_manifests import write_text

HEADER = "step,seconds"


class Clock:
    """Seconds of training at every checkpoint, so that killed runs keep their budget.

    Steps lost in a kill are repeated, so their time does not count.

    Args:
        path: the table, one row per checkpoint.
        step: steps done so far; rows of later ones are dropped.
        now: the time in seconds, from any beginning.
    """

    def __init__(self, path: Path, step: int, now: Callable[[], float]) -> None:
        self._path, self._now = path, now
        self._rows = {at: seconds for at, seconds in read(path).items() if at <= step}
        self._before = max(self._rows.values(), default=0.0)
        self._began = now()

    @property
    def seconds(self) -> float:
        """Until now."""
        return self._before + self._now() - self._began

    def keep(self, step: int) -> None:
        """Record the time; call it just before the step's checkpoint is written."""
        self._rows[step] = self.seconds
        rows = (f"{at},{seconds!r}" for at, seconds in self._rows.items())
        write_text(self._path, "\n".join([HEADER, *rows]) + "\n")


def read(path: Path) -> dict[int, float]:
    """Seconds by step; empty if there is no table. Invalid rows are skipped."""
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except FileNotFoundError:
        return {}
    return dict(row for line in lines if (row := _row(line)))


def _row(line: str) -> tuple[int, float] | None:
    step, _, seconds = line.partition(",")
    try:
        row = int(step), float(seconds)
    except ValueError:
        return None
    return row if row[0] >= 0 and 0 <= row[1] < float("inf") else None
