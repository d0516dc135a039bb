"""Metrics with a network trained on ImageNet; see docs/metrics.md."""

from f2a_metrics.features import version
from f2a_metrics.reference import Reference
from f2a_metrics.scores import METRICS, WATCHED, Scores, measure
from f2a_metrics.statistic import Score

__all__ = ["METRICS", "WATCHED", "Reference", "Score", "Scores", "measure", "version"]
