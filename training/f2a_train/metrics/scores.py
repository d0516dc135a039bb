"""All metrics of a set of faces at once."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from f2a_faces.images import Pixels
from f2a_train.metrics.classifier import two_sample
from f2a_train.metrics.copying import exact_copies, nearer_training
from f2a_train.metrics.detection import face_rate, face_score
from f2a_train.metrics.pairing import change, cycle_error, retrieval_cycle, retrieval_edges
from f2a_train.metrics.reference import Reference, Sample
from f2a_train.metrics.sets import coverage, density, diversity, kid_local
from f2a_train.metrics.statistic import Score, Statistic, score

Metric = Callable[[Sample], Statistic | None]
METRICS: dict[str, Metric] = {
    metric.__name__: metric
    for metric in (
        kid_local,
        density,
        coverage,
        two_sample,
        diversity,
        face_rate,
        face_score,
        retrieval_edges,
        retrieval_cycle,
        cycle_error,
        change,
        nearer_training,
        exact_copies,
    )
}
WATCHED = ("kid_local", "diversity", "face_rate", "retrieval_edges", "change")
"""Enough to see a run collapse, copy its input or forget it, at a few milliseconds beyond the encoder's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The metrics, each described at the function of its name; None was not asked for or cannot be told."""

    kid_local: Score | None = None
    density: Score | None = None
    coverage: Score | None = None
    two_sample: Score | None = None
    diversity: Score | None = None
    face_rate: Score | None = None
    face_score: Score | None = None
    retrieval_edges: Score | None = None
    retrieval_cycle: Score | None = None
    cycle_error: Score | None = None
    change: Score | None = None
    nearer_training: Score | None = None
    exact_copies: Score | None = None


def measure(
    fakes: Pixels,
    reference: Reference,
    sources: Pixels | None = None,
    cycled: Pixels | None = None,
    *,
    metrics: Collection[str] = tuple(METRICS),
    resamples: int = 0,
) -> Scores:
    """Judge results against real faces.

    Args:
        fakes: uint8 (M, S, S, 3), the results; 8 at least.
        reference: the real faces, `Reference.of`; make it once and use it again.
        sources: uint8 (M, S, S, 3), the input of each result; without them no pairing is measured.
        cycled: uint8 (M, S, S, 3), each result translated back.
        metrics: names out of `METRICS`; `WATCHED` are the cheap ones.
        resamples: of the bootstrap; 0 for values without intervals.

    Raises:
        ValueError: too few faces, or numbers that differ.
    """
    sample = Sample.of(fakes, reference, sources, cycled)
    statistics = {name: METRICS[name](sample) for name in metrics}
    return Scores(
        **{
            name: score(statistic, len(fakes), len(reference.features), resamples)
            for name, statistic in statistics.items()
            if statistic
        }
    )
