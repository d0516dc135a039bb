"""An experiment's result, read from its run's folder."""

import csv
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from f2a_manifests import FatalError
from f2a_manifests.run_folder import RunFolder
from f2a_methods import method_of
from f2a_metrics import version
from f2a_page.losses import Chart, Losses, LossesError
from f2a_train.engine import clock
from f2a_train.engine.checkpoint import load
from f2a_train.evaluate import evaluate
from f2a_train.experiments.figures import PaperFigure
from f2a_train.experiments.plan import Experiment, Plan

log = logging.getLogger(__name__)
LAST = 100
"""The losses are means over the last steps, since single values fluctuate."""
ORIGIN = ("human_rule", "anime_rule", "human_sha256", "anime_sha256")


@dataclass(slots=True)
class ExperimentResult:
    """One experiment.

    Attributes:
        experiment: which.
        humans: human faces that it trained on.
        animes: anime faces.
        steps: of the last checkpoint; 0 if there is none.
        pairs: of faces seen until then.
        seconds: of training until then.
        width: of the generators' first layer.
        losses: means over the last `LAST` steps.
        charts: of all steps.
        facts: of the evaluation, as in ``metrics.json``; empty if it failed.
        problems: what went wrong.
        watched: the watchdog's faults, one line per evaluation.
        made_by: versions, device, precision and hashes, as the run recorded them.
        figures: pictures.
    """

    experiment: Experiment
    humans: int
    animes: int
    steps: int = 0
    pairs: int = 0
    seconds: float = 0.0
    width: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    charts: list[Chart] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    watched: list[str] = field(default_factory=list)
    made_by: dict[str, str] = field(default_factory=dict)
    figures: list[PaperFigure] = field(default_factory=list)

    @property
    def of_generators(self) -> float | None:
        """The generators' loss, if there are any losses."""
        return self.losses.get("generators", self.losses.get("generator"))

    @property
    def of_discriminators(self) -> float:
        """The sum of the discriminators' losses."""
        return sum(loss for name, loss in self.losses.items() if name.startswith("discriminator"))

    @property
    def rate(self) -> float:
        """Pairs per second."""
        return self.pairs / self.seconds if self.seconds else 0.0

    def score(self, metric: str, of: str = "scores") -> dict[str, float | None]:
        """A metric's ``value``, ``low`` and ``high``; empty if it was not measured.

        Args:
            metric: its name.
            of: ``scores``; or ``floor``, of real anime faces, or ``copy_the_input``, of the unchanged input.
        """
        found: dict[str, float | None] = self.facts.get(of, {}).get(metric) or {}
        return found


def result_of(
    out: Path, experiment: Experiment, plan: Plan, faces: tuple[int, int], problem: str
) -> ExperimentResult:
    """Read a run's folder, and evaluate its generator unless that was done.

    Args:
        out: folder of all experiments.
        experiment: which.
        plan: for the device.
        faces: human and anime ones that it trained on.
        problem: of its training; empty if there was none.

    Raises:
        FatalError: its checkpoint is broken, or a crop cannot be read.
    """
    folder = RunFolder(out / experiment.name)
    result = ExperimentResult(experiment, *faces, problems=[problem] if problem else [])
    result.made_by = _made_by(folder)
    if not folder.checkpoint.exists():
        return result
    checkpoint = load(folder.checkpoint)
    result.steps, result.width = checkpoint.step, checkpoint.config.width
    result.pairs = checkpoint.step * checkpoint.config.batch_size
    result.seconds = max(clock.read(folder.clock).values(), default=0.0)
    result.watched = _watched(folder.watch)
    try:
        losses = Losses.read(folder.losses)
        result.losses, result.charts = losses.means(LAST), losses.charts(method_of(checkpoint.config).charts)
    except LossesError as error:
        result.problems.append(str(error))
    try:
        result.facts = _known(folder, checkpoint.step) or json.loads(
            evaluate(folder.root, device=plan.device).json()
        )
    except FatalError as error:
        log.warning("%s is not evaluated: %s", experiment.name, error)
        result.problems.append(f"Not evaluated: {error}")
    return result


def _watched(path: Path) -> list[str]:
    try:
        evaluations = list(csv.DictReader(path.read_text("utf-8", "replace").splitlines()))
    except OSError:
        return []
    return [f"step {one.get('step')}: {one['faults']}" for one in evaluations if one.get("faults")]


def _known(folder: RunFolder, step: int) -> dict[str, Any]:
    """The earlier evaluation, if it was of this generator with this backbone."""
    try:
        facts: dict[str, Any] = json.loads((folder.root / "metrics.json").read_text("utf-8"))
        origin = folder.read_mark().origin
        same = facts["step"] == step and facts["backbone"] == version()
        hashes = ("human_sha256", "anime_sha256")
        return facts if same and all(facts[name] == origin[name] for name in hashes) else {}
    except (OSError, ValueError, KeyError, TypeError, FatalError):
        return {}


def _made_by(folder: RunFolder) -> dict[str, str]:
    """Versions, device, precision, crop rules and manifests' hashes."""
    try:
        mark = folder.read_mark()
    except FatalError:
        return {}
    origin = {name: str(mark.origin.get(name, "")) for name in ORIGIN}
    return (
        mark.versions | {"device": mark.device, "precision": str(mark.config.get("precision", ""))} | origin
    )
