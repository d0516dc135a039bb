"""How many rows each stage kept, dropped and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from f2a_data.stages import ORDER
from f2a_manifests import Domain, Reason, Record, Status, Unit

COLLECT = "collect"


@dataclass(slots=True)
class FunnelStep:
    """One stage's line in the funnel.

    Attributes:
        stage: its name; ``collect`` stands for all sources.
        rows: ``image`` or ``face``.
        into: rows that reached it.
        kept: rows that left it.
        dropped: how many it dropped, by reason.
        errors: how many it could not work on, by reason.
    """

    stage: str
    rows: str
    into: int
    kept: int = 0
    dropped: Counter[Reason] = field(default_factory=Counter)
    errors: Counter[Reason] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "stage": self.stage,
            "rows": self.rows,
            "in": self.into,
            "kept": self.kept,
            "dropped": dict(self.dropped.most_common()),
            "errors": dict(self.errors.most_common()),
        }


@dataclass(slots=True)
class Funnel:
    """The funnel of one domain: its steps in order, then faces by split and by flag."""

    domain: Domain
    steps: list[FunnelStep]
    splits: Counter[str]
    flags: Counter[str]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        steps = [step.as_dict() for step in self.steps]
        return {"steps": steps, "splits": dict(sorted(self.splits.items())), "flags": dict(self.flags)}


def funnel(units: Sequence[Unit], domain: Domain) -> Funnel:
    """Count one domain's rows from post to training set."""
    mine = [unit for unit in units if unit.image.domain is domain]
    images = [unit.image for unit in mine]
    faces = [face for unit in mine for face in unit.faces]
    steps = [*_steps("image", [COLLECT, "detect"], images), *_steps("face", _face_stages(), faces)]
    kept = [face for face in faces if face.kept]
    flags = Counter(flag for face in kept for flag in face.flags)
    return Funnel(domain, steps, Counter(face.split or "(no split yet)" for face in kept), flags)


def _face_stages() -> list[str]:
    return [stage.name for stage in ORDER]


def _steps(kind: str, stages: list[str], rows: list[Record]) -> list[FunnelStep]:
    names = {stage.name for stage in ORDER}
    by_stage: dict[str, list[Record]] = {name: [] for name in stages}
    for row in rows:
        if not row.kept:
            place = row.stage if row.stage in names else COLLECT
            by_stage.get(place, by_stage[stages[-1]]).append(row)
    steps, left = [], len(rows)
    for name, out in by_stage.items():
        step = FunnelStep(name, kind, left, left - len(out))
        step.dropped = _reasons(out, Status.DROP)
        step.errors = _reasons(out, Status.ERROR)
        left = step.kept
        steps.append(step)
    return steps


def _reasons(rows: Iterable[Record], status: Status) -> Counter[Reason]:
    return Counter(row.reason for row in rows if row.status is status)


def as_text(domain: Funnel) -> str:
    """The funnel as lines for a terminal."""
    lines = [f"{domain.domain.value}"]
    for step in domain.steps:
        lines.append(f"  {step.stage:<8} {step.rows + 's':<7} {step.into:>8} -> {step.kept:>8}")
        lines += _counted("dropped", step.dropped) + _counted("errors", step.errors)
    splits = ", ".join(f"{name} {count}" for name, count in sorted(domain.splits.items()))
    return "\n".join([*lines, f"  kept faces: {splits or 'none'}"])


def _counted(what: str, reasons: Counter[Reason]) -> list[str]:
    lines = (f"{count:>6} {what + ':':<8} {why}: {why.meaning}" for why, count in reasons.most_common())
    return [f"{'':30}- {line}" for line in lines]
