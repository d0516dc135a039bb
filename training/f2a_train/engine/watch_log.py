"""``watch.csv``: one row a look. Nothing that a run went back on is lost from it."""

from dataclasses import asdict
from pathlib import Path

from f2a_manifests import write_text
from f2a_train.engine.watch_look import Look

COLUMNS = ("step", "back", *Look.__annotations__, "faults", "action")
HEADER = ",".join(COLUMNS) + "\n"


class WatchLog:
    """The table of a run's looks, replaced as a whole at each: they are few.

    Args:
        path: the file.
        back: how often the run has gone back so far.
        step: steps done so far; what a killed run wrote of later looks is dropped: they come again.
    """

    def __init__(self, path: Path, back: int, step: int) -> None:
        self._path = path
        lines = path.read_text("utf-8").splitlines(keepends=True)[1:] if path.exists() else []
        self._rows = [line for line in lines if _place(line) <= (back, step)]

    def add(self, step: int, back: int, look: Look | None, faults: list[str], action: str) -> None:
        """Write one look down, or, without one, what happened between two."""
        values = map(_cell, asdict(look).values()) if look else [""] * len(Look.__annotations__)
        cells = [step, back, *values, "; ".join(faults), action]
        self._rows.append(",".join(map(str, cells)) + "\n")
        write_text(self._path, HEADER + "".join(self._rows))


def _cell(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.5g}"


def _place(line: str) -> tuple[float, float]:
    step, back, *_ = [*line.split(","), ""]
    is_sound = step.isdigit() and back.isdigit()
    return (int(back), int(step)) if is_sound else (float("inf"), 0.0)
