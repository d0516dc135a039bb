"""The estimate of bad faces among the undecided ones, and the file it is stored in."""

import json
from dataclasses import asdict, dataclass

import msgspec

from f2a_manifests import Workspace, write_text


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many bad faces are among those that nobody has decided about.

    Attributes:
        unseen: faces without a decision.
        sampled: faces drawn at random on which the estimate rests.
        bad: how many of those were dropped.
        likely: the estimate.
        least: lower end of the interval, which is right nine times in ten.
        most: its upper end.
    """

    unseen: int
    sampled: int
    bad: int
    likely: int
    least: int
    most: int

    def __str__(self) -> str:
        """One sentence."""
        return (
            f"About {self.likely:,} bad faces are left among {self.unseen:,} undecided ones, "
            f"{self.least:,} to {self.most:,} nine times in ten "
            f"({self.sampled:,} drawn at random, {self.bad:,} of them bad)."
        )


class _Written(msgspec.Struct):
    log_bytes: int
    estimate: Estimate


def write(workspace: Workspace, estimate: Estimate) -> None:
    """Write ``review/estimate.json``.

    Raises:
        FatalError: the disk is full, or the folder is gone.
    """
    facts = {"log_bytes": _size(workspace), "estimate": asdict(estimate)}
    write_text(workspace.review_estimate, json.dumps(facts, indent=1) + "\n")


def read(workspace: Workspace) -> Estimate | None:
    """The estimate of the latest review; None without random faces, or if there are decisions since."""
    try:
        written = msgspec.json.decode(workspace.review_estimate.read_bytes(), type=_Written)
    except (OSError, msgspec.DecodeError, RecursionError):
        return None
    current = written.log_bytes == _size(workspace)
    return written.estimate if current and written.estimate.sampled else None


def _size(workspace: Workspace) -> int:
    return workspace.decisions_log.stat().st_size if workspace.decisions_log.exists() else 0
