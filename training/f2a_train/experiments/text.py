"""The table for the terminal."""

from f2a_train.experiments.results import ExperimentResult
from f2a_train.experiments.runner import ExperimentsOutcome

COLUMNS = ("faces", "steps", "minutes", "pairs/s", "kid_lite2", "colour_rank")


def text(outcome: ExperimentsOutcome) -> str:
    """One line per experiment, what is missing, and where the page is."""
    rows = [_row("experiment", *COLUMNS), *map(_result, outcome.results)]
    return "\n".join([*rows, *outcome.problems, f"the page: {outcome.page}"])


def _result(result: ExperimentResult) -> str:
    trained = (str(result.humans), str(result.steps), f"{result.seconds / 60:.1f}", f"{result.rate:.2f}")
    return _row(result.experiment.name, *trained, _cell(result, "kid_lite2"), _cell(result, "colour_rank"))


def _row(name: str, *cells: str) -> str:
    return f"{name:<17}" + "".join(f"{cell:>12}" for cell in cells)


def _cell(result: ExperimentResult, name: str) -> str:
    value = result.score(name).get("value")
    return "-" if value is None else f"{value:.3f}"
