"""An experiment's result, read from its run's folder."""

import csv
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from f2a_manifests import FatalError
from f2a_manifests.run_folder import RunFolder
from f2a_train.engine import clock
from f2a_train.engine.checkpoint import load
from f2a_train.evaluate import evaluate
from f2a_train.experiments.curves import LossChart, Losses
from f2a_train.experiments.figures import PaperFigure
from f2a_train.experiments.plan import Experiment, Plan
from f2a_train.methods import method_of
from f2a_train.metrics import METRICS, version

log = logging.getLogger(__name__)
LAST = 100
"""The losses are means over this many steps at the end: single ones jump."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A metric with its interval, beside the same of real anime faces and of the unchanged input."""

    value: float | None
    low: float | None
    high: float | None
    floor: float | None
    copied: float | None


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
        cells: the metrics by their names.
        problems: what went wrong.
        watched: the watchdog's faults, one line per evaluation.
        made_by: versions, device and hashes, as the run noted them.
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
    charts: list[LossChart] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
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
        """Pairs a second."""
        return self.pairs / self.seconds if self.seconds else 0.0


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
    result.made_by = _made_by(folder.mark)
    if not folder.checkpoint.exists():
        return result
    checkpoint = load(folder.checkpoint)
    result.steps, result.width = checkpoint.step, checkpoint.config.width
    result.pairs = checkpoint.step * checkpoint.config.batch_size
    result.seconds = max(clock.read(folder.clock).values(), default=0.0)
    result.watched = _watched(folder.watch)
    method = method_of(checkpoint.config)
    losses = Losses.read(folder.losses, method.losses)
    result.losses, result.charts = losses.means(LAST), losses.charts(method.charts)
    try:
        result.facts = _known(folder, checkpoint.step) or json.loads(
            evaluate(folder.root, device=plan.device).json()
        )
    except FatalError as error:
        log.warning("%s is not evaluated: %s", experiment.name, error)
        result.problems.append(f"Not evaluated: {error}")
    result.cells = _cells(result.facts)
    return result


def _watched(path: Path) -> list[str]:
    try:
        looks = list(csv.DictReader(path.read_text("utf-8", "replace").splitlines()))
    except OSError:
        return []
    return [f"step {look.get('step')}: {look['faults']}" for look in looks if look.get("faults")]


def _known(folder: RunFolder, step: int) -> dict[str, Any]:
    """The earlier evaluation, if it was of this generator with this backbone."""
    try:
        facts: dict[str, Any] = json.loads((folder.root / "metrics.json").read_text("utf-8"))
        made_by = json.loads(folder.mark.read_text("utf-8"))["origin"]
        same = facts["step"] == step and facts["backbone"] == version()
        hashes = ("human_sha256", "anime_sha256")
        return facts if same and all(facts[name] == made_by[name] for name in hashes) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _cells(facts: Mapping[str, Any]) -> dict[str, Cell]:
    return {name: _cell(facts, name) for name in METRICS} if facts else {}


def _cell(facts: Mapping[str, Any], name: str) -> Cell:
    score, floor, copied = (facts[part][name] or {} for part in ("scores", "floor", "copy_the_input"))
    values = (*(score.get(key) for key in ("value", "low", "high")), floor.get("value"), copied.get("value"))
    return Cell(*values)


def _made_by(mark: Path) -> dict[str, str]:
    """Versions, device and manifests' hashes."""
    try:
        content = json.loads(mark.read_text("utf-8"))
        hashes = {name: content["origin"][name] for name in ("human_sha256", "anime_sha256")}
        rules = {name: content["origin"][name] for name in ("human_rule", "anime_rule")}
        all_of_it = content["versions"] | {"device": content["device"]} | rules | hashes
        return {str(name): str(value) for name, value in all_of_it.items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
