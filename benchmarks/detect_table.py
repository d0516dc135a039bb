"""Show the results of `detect.py` as tables for a terminal, or as JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from f2a_faces.detectors.scoring import DetectionMetrics

REFERENCE = "animeface"
BANDS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.97, 1.0)


@dataclass(frozen=True, slots=True)
class DetectorResult:
    """The results of one detector.

    Attributes:
        label: its name, and its options as the user wrote them.
        version: its own name for itself.
        metrics: its detections at each IoU.
        faceless_found: in how many images without a face it found one.
        rate: images per CPU second.
        peak_mib: largest resident memory, NaN where the system does not tell.
        start: seconds from the start of Python to the answer for the first image.
    """

    label: str
    version: str
    metrics: Mapping[float, DetectionMetrics]
    faceless_found: int
    rate: float
    peak_mib: float
    start: float


def tables(counts: Mapping[str, int], results: Sequence[DetectorResult]) -> str:
    """The set in one line, then a table of the detections and one of their cost."""
    lines = [
        ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items()),
        "each detector at its own threshold; AP (average precision) is that of the faces above it",
        "",
        *_accuracy_lines(results),
        "",
        *_cost_lines(counts["images_without_a_face"], results),
    ]
    return "\n".join(lines)


def by_score(results: Sequence[DetectorResult], iou: float) -> str:
    """The correct share of detections per band of scores, for detectors whose scores are from 0 to 1."""
    head = f"{'right, of all':<{_width(results)}}" + "".join(f"{f'to {top:g}':>10}" for top in BANDS[1:])
    probable = [result for result in results if result.metrics[iou].scores.max(initial=0.0) <= 1]
    return "\n".join(
        [head, *(f"{one.label:<{_width(results)}}" + _bands(one.metrics[iou]) for one in probable)]
    )


def _bands(metrics: DetectionMetrics) -> str:
    # A score of 1 belongs to the last band.
    bands = np.digitize(metrics.scores, BANDS[1:-1])
    shares = [(metrics.correct[bands == band].sum(), (bands == band).sum()) for band in range(len(BANDS) - 1)]
    return "".join(f"{f'{right}/{all_of_them}':>10}" for right, all_of_them in shares)


def as_json(counts: Mapping[str, int], results: Sequence[DetectorResult]) -> dict[str, Any]:
    """The same as plain values; undefined ones are null."""
    return {**counts, "detectors": [_described(result, results) for result in results]}


def _accuracy_lines(results: Sequence[DetectorResult]) -> list[str]:
    wide = _width(results)
    ious = results[0].metrics
    head = " " * wide + "".join(f"{f'   IoU {iou}':<27}" for iou in ious)
    names = f"{'detector':<{wide}}" + "   recall prec.    F1    AP" * len(ious)
    rows = (f"{result.label:<{wide}}" + "".join(map(_scores, result.metrics.values())) for result in results)
    return [head.rstrip(), names, *rows]


def _scores(metrics: DetectionMetrics) -> str:
    return "   " + " ".join(
        _number(value, 6 if name == "recall" else 5, 3) for name, value in _values(metrics)
    )


def _values(metrics: DetectionMetrics) -> list[tuple[str, float]]:
    return [(name, getattr(metrics, name)) for name in ("recall", "precision", "f1", "average_precision")]


def _cost_lines(faceless: int, results: Sequence[DetectorResult]) -> list[str]:
    head = f"{'detector':<{_width(results)}} images/CPU s   ratio  peak MiB  first box s  faceless  version"
    return [head, *(_cost(result, faceless, results) for result in results)]


def _cost(result: DetectorResult, faceless: int, results: Sequence[DetectorResult]) -> str:
    cells = (
        f"{result.label:<{_width(results)}}",
        f"{result.rate:12.1f}",
        _number(_ratio(result, results), 7, 2),
        _number(result.peak_mib, 9, 0),
        f"{result.start:12.2f}",
        f"{f'{result.faceless_found}/{faceless}':>9}",
        f" {result.version}",
    )
    return " ".join(cells)


def _width(results: Sequence[DetectorResult]) -> int:
    return max(len("detector"), *(len(result.label) for result in results))


def _ratio(result: DetectorResult, results: Sequence[DetectorResult]) -> float:
    """How many times as fast as animeface in the same run; NaN where that was not measured."""
    return result.rate / next((other.rate for other in results if other.label == REFERENCE), math.nan)


def _number(value: float, width: int, digits: int) -> str:
    return f"{'-':>{width}}" if math.isnan(value) else f"{value:{width}.{digits}f}"


def _described(result: DetectorResult, results: Sequence[DetectorResult]) -> dict[str, Any]:
    ious = result.metrics.items()
    return {
        "detector": result.label,
        "version": result.version,
        "iou": {str(iou): {name: _known(value) for name, value in _values(metrics)} for iou, metrics in ious},
        "faceless_images_found_in": result.faceless_found,
        "images_per_cpu_second": result.rate,
        f"times_{REFERENCE}": _known(_ratio(result, results)),
        "peak_mib": _known(result.peak_mib),
        "seconds_to_first_box": result.start,
    }


def _known(value: float) -> float | None:
    """The value, or null: JSON has no NaN."""
    return None if math.isnan(value) else value
