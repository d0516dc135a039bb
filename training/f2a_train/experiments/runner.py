"""Train and evaluate the experiments one after the other; each continues in its own folder."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from f2a_manifests import Domain, ExitCode, FatalError
from f2a_manifests.atomic import explain
from f2a_manifests.run_folder import RunFolder
from f2a_train.engine.loop import Options, train
from f2a_train.engine.run import DivergedError
from f2a_train.engine.state import SizeError
from f2a_train.experiments.figures import figures
from f2a_train.experiments.page import write_page
from f2a_train.experiments.plan import EXPERIMENTS, SOURCES, Experiment, Plan, training_faces
from f2a_train.experiments.results import ExperimentResult, result_of

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ExperimentsOutcome:
    """The result of the experiments.

    Attributes:
        page: the file.
        results: of those that were run, in the paper's order.
        problems: what is missing: an experiment without faces, or with an unsupported size, or one
            that diverged.
    """

    page: Path
    results: list[ExperimentResult] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def run_experiments(plan: Plan, out: Path) -> ExperimentsOutcome:
    """Run the unfinished experiments, and write ``experiments.html`` after each.

    Args:
        plan: the data and the budget.
        out: folder of all; the runs are in it as ``SOURCE-NETWORK``.

    Raises:
        FatalError: see `f2a_train.engine.loop.train`; or no experiment has any faces (exit code 5).
    """
    humans = {source: training_faces(plan.human, Domain.HUMAN, source) for source in SOURCES}
    animes = training_faces(plan.anime, Domain.ANIME)
    outcome = ExperimentsOutcome(out / "experiments.html")
    for experiment in _possible(humans, plan, outcome):
        _make(out)
        problem = _train(plan, experiment, RunFolder(out / experiment.name))
        outcome.problems += [f"{experiment.name}: {problem}"] if problem else []
        result = result_of(out, experiment, plan, (humans[experiment.source], animes), problem)
        result.figures = figures(out / experiment.name, experiment, plan) if result.steps else []
        outcome.results.append(result)
        write_page(outcome.page, plan, outcome.results, outcome.problems)
    return outcome


def _possible(humans: Mapping[str, int], plan: Plan, outcome: ExperimentsOutcome) -> Iterator[Experiment]:
    """The experiments that have faces; the others are reported."""
    missing = {one.source for one in EXPERIMENTS if not humans[one.source]}
    for source in sorted(missing):
        problem = f"no human face of the source {source}: its experiments are left out"
        log.warning("%s has %s", plan.human, problem)
        outcome.problems.append(problem)
    possible = [one for one in EXPERIMENTS if one.source not in missing]
    if not possible:
        raise FatalError(f"{plan.human} keeps no face of celeba or fbp5500", ExitCode.NO_RESULTS)
    yield from possible


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FatalError(f"{out} is a file; --out names a folder", ExitCode.USAGE) from None
    except OSError as error:
        raise FatalError(explain(error, out)) from error


def _train(plan: Plan, experiment: Experiment, folder: RunFolder) -> str:
    """Train unless finished; returns what went wrong with this experiment alone."""
    log.info("%s", experiment.name)
    options = Options(
        device=plan.device,
        checkpoint_every=plan.checkpoint_every,
        progress=plan.progress,
        minutes=plan.minutes or inf,
    )
    try:
        train(plan.human, plan.anime, folder.root, plan.config(experiment), options)
    except (DivergedError, SizeError) as error:
        log.warning("%s: %s", experiment.name, error)
        return str(error)
    return ""
