"""All metrics of a set of faces at once."""

from collections.abc import Callable, Collection

from f2a_faces.images import Pixels
from f2a_train.metrics.detection import face_rate
from f2a_train.metrics.pairing import change, colour_rank, retrieval
from f2a_train.metrics.reference import Reference, Sample
from f2a_train.metrics.sets import coverage, density, kid_lite2, spread
from f2a_train.metrics.statistic import Score, Statistic, score
from f2a_train.metrics.tones import dark_skin_paler, tone_rank_hair, tone_rank_skin

METRICS: dict[str, Callable[[Sample], Statistic | None]] = {
    metric.__name__: metric
    for metric in (
        kid_lite2,
        density,
        coverage,
        spread,
        face_rate,
        retrieval,
        colour_rank,
        tone_rank_skin,
        tone_rank_hair,
        dark_skin_paler,
        change,
    )
}
"""Each is described at the function of its name."""
WATCHED = ("kid_lite2", "spread", "retrieval", "colour_rank", "tone_rank_skin", "tone_rank_hair", "change")
"""Enough to see a run collapse, copy its input or forget it."""
Scores = dict[str, Score]
"""By the metrics' names; what was not asked for, or cannot be told, is not there."""


def measure(
    fakes: Pixels,
    reference: Reference,
    sources: Pixels | None = None,
    *,
    metrics: Collection[str] = tuple(METRICS),
    resamples: int = 0,
) -> Scores:
    """Judge results against real faces.

    Args:
        fakes: uint8 (M, S, S, 3), the results; 8 at least.
        reference: the real faces, `Reference.of`; make it once and use it again.
        sources: uint8 (M, S, S, 3), the photo of each result; without them no pairing is measured.
        metrics: names out of `METRICS`; `WATCHED` are the cheap ones.
        resamples: of the bootstrap; 0 for values without intervals.

    Raises:
        FatalError: the backbone's weights are not installed, or are others.
        ValueError: too few faces, or numbers that differ.
    """
    sample = Sample.of(fakes, reference, sources)
    statistics = {name: METRICS[name](sample) for name in metrics}
    counts = (len(fakes), len(reference.features), resamples)
    return {name: score(statistic, *counts) for name, statistic in statistics.items() if statistic}
