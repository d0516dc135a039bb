"""Metrics that need no download: faces are compared by the project's own encoder; see docs/metrics.md."""

from f2a_train.metrics.reference import Reference
from f2a_train.metrics.scores import METRICS, WATCHED, Scores, measure
from f2a_train.metrics.statistic import Score

__all__ = ["METRICS", "WATCHED", "Reference", "Score", "Scores", "measure"]
