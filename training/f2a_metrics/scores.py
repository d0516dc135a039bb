"""All metrics of a set of faces at once."""

from collections.abc import Callable, Collection

from f2a_metrics.detection import face_detector, face_rate
from f2a_metrics.pairing import change, colour_rank, retrieval
from f2a_metrics.pictures import Pictures
from f2a_metrics.reference import Reference, Sample
from f2a_metrics.sets import coverage, density, kid_lite2, spread
from f2a_metrics.statistic import Score, Statistic, score
from f2a_metrics.tones import dark_skin_paler, tone_rank_hair, tone_rank_skin

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
WATCHED = (
    "kid_lite2",
    "coverage",
    "spread",
    "retrieval",
    "colour_rank",
    "tone_rank_skin",
    "tone_rank_hair",
    "change",
)
"""Enough to detect results that are not drawn, mode collapse, identity mapping, and an ignored input."""
Scores = dict[str, Score]
"""By the metrics' names; without those that were not asked for or could not be computed."""


def measure(
    fakes: Pictures,
    reference: Reference,
    sources: Pictures | None = None,
    *,
    metrics: Collection[str] = tuple(METRICS),
    resamples: int = 0,
) -> Scores:
    """Evaluate results against real faces.

    Args:
        fakes: uint8 (M, S, S, 3), the results; 8 at least. Crops on disk do as well: 32 are read at a time.
        reference: the real faces, `Reference.of`; make it once and reuse it.
        sources: uint8 (M, S, S, 3), the photo of each result; without them no pairing is measured.
        metrics: names out of `METRICS`; `WATCHED` are the cheap ones.
        resamples: of the bootstrap; 0 for values without intervals.

    Raises:
        FatalError: the backbone's weights are not installed, or are others.
        ValueError: too few faces, or numbers that differ.
    """
    sample = Sample.of(fakes, reference, sources, face_detector() if face_rate.__name__ in metrics else None)
    statistics = {name: METRICS[name](sample) for name in metrics}
    counts = (len(fakes), len(reference.features), resamples)
    return {name: score(statistic, *counts) for name, statistic in statistics.items() if statistic}
