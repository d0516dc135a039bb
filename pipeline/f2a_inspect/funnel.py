"""How many rows each stage kept, dropped and why."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from f2a_engine import state
from f2a_engine.counts import Counts, Kind
from f2a_engine.manifests import edited_rows, total
from f2a_engine.stages import order_names
from f2a_manifests import Domain, Reason, Status, Workspace
from f2a_manifests.shards import COLLECT


@dataclass(slots=True)
class FunnelStep:
    """One stage's line in the funnel.

    Attributes:
        stage: its name; ``collect``: all sources.
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


def funnel(counts: Counts, domain: Domain) -> Funnel:
    """Count one domain's rows from post to training set."""
    steps = [
        *_steps("image", [COLLECT, "detect"], _kinds(counts, "images", domain)),
        *_steps("face", list(order_names()), _kinds(counts, "faces", domain)),
    ]
    splits = counts.of_domain("splits", domain)
    named = Counter({name or "(no split yet)": number for name, number in splits.items()})
    return Funnel(domain, steps, named, counts.of_domain("flags", domain))


def counts_of(workspace: Workspace) -> Counts:
    """The rows of a workspace as they stand, also where the CSV manifests are all there is."""
    if rows := edited_rows(workspace):
        return Counts.of(rows)
    return total(workspace, state.snapshot(workspace))


def _kinds(counts: Counts, rows: str, domain: Domain) -> list[tuple[Kind, int]]:
    return [(kind, number) for kind, number in counts.kinds(rows) if kind.domain is domain]


def _steps(what: str, stages: list[str], kinds: list[tuple[Kind, int]]) -> list[FunnelStep]:
    left = sum(number for _, number in kinds)
    out: dict[str, list[tuple[Kind, int]]] = {name: [] for name in stages}
    for kind, number in kinds:
        if kind.status is not Status.KEEP:
            place = kind.stage if kind.stage in order_names() else COLLECT
            out.get(place, out[stages[-1]]).append((kind, number))
    steps = []
    for name, gone in out.items():
        step = FunnelStep(name, what, left, left - sum(number for _, number in gone))
        step.dropped, step.errors = _reasons(gone, Status.DROP), _reasons(gone, Status.ERROR)
        left = step.kept
        steps.append(step)
    return steps


def _reasons(kinds: list[tuple[Kind, int]], status: Status) -> Counter[Reason]:
    found: Counter[Reason] = Counter()
    for kind, number in kinds:
        if kind.status is status:
            found[kind.reason] += number
    return found


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
