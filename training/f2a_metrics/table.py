"""The metrics as a table for the terminal, and as plain values for JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from f2a_metrics.scores import METRICS, Scores
from f2a_metrics.statistic import Score

AIMS = {
    "kid_lite2": "0",
    "density": "1",
    "coverage": "floor",
    "spread": "1",
    "face_rate": "floor",
    "retrieval": "1",
    "colour_rank": "0",
    "tone_rank_skin": "1",
    "tone_rank_hair": "1",
    "dark_skin_paler": "0",
    "change": "not 0",
    "fid": "floor",
    "kid": "0",
}
HEADER = f"{'metric':<16}{'aim':>6}{'value':>10}  {'95 % interval':<18}{'floor':>10}{'copy-the-input':>16}"


def table(scores: Scores, floor: Scores, copied: Scores) -> str:
    """One line per metric.

    Args:
        scores: of the results.
        floor: of real faces in the place of the results.
        copied: of the inputs in their place.
    """
    rows = [_row(name, *(part.get(name) for part in (scores, floor, copied))) for name in METRICS]
    return "\n".join([HEADER, *rows])


def inception_rows(found: Mapping[str, Any]) -> list[str]:
    """The table's lines for what `f2a_metrics.inception.measure` found; none if that was not asked."""
    names = ("value", "floor", "copy_the_input")
    judged = ((name, [Score(found[name][key]) for key in names]) for name in ("fid", "kid") if name in found)
    return [_row(name, *scores) for name, scores in judged]


def plain(scores: Scores) -> dict[str, Any]:
    """``{metric: {"value": ..., "low": ..., "high": ...} or None}``."""
    return {name: asdict(scores[name]) if name in scores else None for name in METRICS}


def _row(name: str, value: Score | None, floor: Score | None, copied: Score | None) -> str:
    interval = "" if value is None or value.low is None else f"{_short(value.low)} to {_short(value.high)}"
    cells = f"{_value(value):>10}  {interval:<18}{_value(floor):>10}{_value(copied):>16}"
    return f"{name:<16}{AIMS[name]:>6}{cells}"


def _value(score: Score | None) -> str:
    return "-" if score is None else _short(score.value)


def _short(number: float | None) -> str:
    return "" if number is None else f"{number:.1f}" if abs(number) >= 100 else f"{number:.3f}"
