"""Build the page ``OUT/experiments.html``."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch

from f2a_manifests import write_bytes
from f2a_manifests.cores import usable_cores
from f2a_manifests.version import __version__
from f2a_metrics import METRICS
from f2a_metrics.table import AIMS
from f2a_page.report import environment
from f2a_train.experiments.plan import BACKWARDS, BEYOND, NETWORKS, NOVEL, Plan
from f2a_train.experiments.results import LAST, ExperimentResult


def write_page(path: Path, plan: Plan, results: Sequence[ExperimentResult], problems: Sequence[str]) -> None:
    """Write the page, which needs no other file, no script and no network.

    Raises:
        FatalError: the file cannot be written; an older one is untouched.
    """
    page = environment("f2a_train.experiments").get_template("experiments.html.j2")
    text = page.render(
        results=results,
        problems=problems,
        budget=budget(plan, results),
        figures=_by_number(results),
        made_by=_made_by(results),
        names={NOVEL: "Novel faces", BACKWARDS: "From anime to human"},
        novel=NOVEL,
        beyond=BEYOND,
        presets={one.experiment.figure: NETWORKS[one.experiment.network].preset for one in results},
        paper=plan,
        last=LAST,
        metrics=METRICS,
        aims=AIMS,
        when=datetime.now(UTC),
        version=__version__,
    )
    write_bytes(path, text.encode())


def budget(plan: Plan, results: Sequence[ExperimentResult]) -> str:
    """How long the experiments trained, and on what, in a sentence or two."""
    limit = f"{plan.minutes:g} minutes of training" if plan.minutes else f"{plan.steps:,} steps"
    devices = {result.made_by.get("device", "unknown") for result in results}
    threads = f"{torch.get_num_threads()} of {usable_cores()} cores" if "cpu" in devices else "CUDA"
    pairs = _span([f"{result.pairs:,}" for result in sorted(results, key=lambda one: one.pairs)])
    shares = sorted(one.pairs / one.humans for one in results)
    passes = _span([f"{share:,.0f}" if share >= 10 else f"{share:.2g}" for share in shares])
    return (
        f"Each experiment had {limit} ({threads}), which came to {pairs} pairs of faces, "
        f"or {passes} passes over its human faces."
    )


def _span(values: Sequence[str]) -> str:
    return values[0] if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def _made_by(results: Sequence[ExperimentResult]) -> dict[str, list[str]]:
    """Versions, device, rules and hashes; one value where all experiments have the same."""
    names = {name: None for result in results for name in result.made_by}  # in their order, once
    return {name: sorted({one.made_by[name] for one in results if name in one.made_by}) for name in names}


def _by_number(results: Sequence[ExperimentResult]) -> dict[int, list[tuple[ExperimentResult, object]]]:
    """The parts of each figure, by its number in the paper."""
    parts = [(figure.number, (result, figure)) for result in results for figure in result.figures]
    return {number: [part for at, part in parts if at == number] for number in sorted(dict(parts))}
