"""``watch.csv``: one row per evaluation. Rows of abandoned steps are kept."""

from dataclasses import asdict
from pathlib import Path

from f2a_manifests import write_text
from f2a_train.engine.watch_evaluation import Evaluation

COLUMNS = ("step", "rollbacks", *Evaluation.__annotations__, "faults", "action")
HEADER = ",".join(COLUMNS) + "\n"


class WatchLog:
    """The table of a run's evaluations; the file is rewritten each time, since they are few.

    Args:
        path: the file.
        back: how often the run has rolled back so far.
        step: steps done so far; a killed run's rows of later steps are dropped: they are repeated.
    """

    def __init__(self, path: Path, back: int, step: int) -> None:
        self._path = path
        lines = path.read_text("utf-8").splitlines(keepends=True)[1:] if path.exists() else []
        self._rows = [line for line in lines if _place(line) <= (back, step)]

    def add(
        self, step: int, back: int, evaluation: Evaluation | None, faults: list[str], action: str
    ) -> None:
        """Add one evaluation, or, without one, what happened between two."""
        values = (
            map(_cell, asdict(evaluation).values()) if evaluation else [""] * len(Evaluation.__annotations__)
        )
        cells = [step, back, *values, "; ".join(faults), action]
        self._rows.append(",".join(map(str, cells)) + "\n")
        write_text(self._path, HEADER + "".join(self._rows))


def _cell(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.5g}"


def _place(line: str) -> tuple[float, float]:
    step, back, *_ = [*line.split(","), ""]
    is_sound = step.isdigit() and back.isdigit()
    return (int(back), int(step)) if is_sound else (float("inf"), 0.0)
