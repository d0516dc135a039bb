"""Face detectors side by side on a folder of images with boxed faces.

    python benchmarks/detect.py FOLDER                          # its boxes.csv, every installed detector
    python benchmarks/detect.py FOLDER --cascade lbpcascade_animeface.xml --detector haar
    python benchmarks/detect.py FOLDER --detector animeface --detector animeface:max_side=800

Prints recall, precision, F1 and average precision, each detector at its own threshold, and its cost:
images per CPU second from file to boxes on one core, peak memory, and seconds from the start of Python to
the answer for the first image. docs/detectors.md explains the measurements.
"""

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from detect_table import DetectorResult, as_json, by_score, tables

from f2a_faces.detectors import Detection, DetectorText, names
from f2a_faces.detectors.boxed_set import SPLITS, BoxedSet, read_boxed
from f2a_faces.detectors.scoring import ImageDetections, evaluate
from f2a_manifests import Box, FatalError

WORKER = Path(__file__).with_name("detect_one.py")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)
STARTS = 3
IOUS = (0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A detector to measure: its name in the tables, itself with its options; and whether it has to work."""

    label: str
    detector: str
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Truth:
    """A set's images with the faces to find and those to ignore, in the same order."""

    files: list[Path]
    faces: list[list[Box]]
    ignored: list[list[Box]]

    @property
    def faceless(self) -> list[bool]:
        """Whether each image has no face at all."""
        return [not large and not small for large, small in zip(self.faces, self.ignored, strict=True)]

    @property
    def counts(self) -> dict[str, int]:
        """The size of the set."""
        return {
            "images": len(self.files),
            "images_without_a_face": sum(self.faceless),
            "faces": sum(map(len, self.faces)),
            "smaller_faces_ignored": sum(map(len, self.ignored)),
        }


def main() -> None:
    """Measure and print."""
    options = _options()
    try:
        boxed = read_boxed(options.folder, options.boxes or options.folder / "boxes.csv", options.split)
        truth = _truth(boxed, options.min_side, options.at_long_side)
        candidates = _candidates(options.detector, options.cascade)
        results = _results(candidates, truth, options.seconds, options.frame)
    except FatalError as error:
        sys.exit(f"error: {error}")
    counts = truth.counts | {"left_out": boxed.left_out}
    if options.json:
        print(json.dumps(as_json(counts, results), indent=2))
    else:
        print(tables(counts, results))
        if options.by_score:
            print(f"\n{by_score(results, IOUS[0])}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--boxes", type=Path, help="CSV with image,x,y,w,h; default FOLDER/boxes.csv")
    parser.add_argument("--split", choices=SPLITS[1:], default="", help="of a divided set")
    parser.add_argument(
        "--detector", action="append", default=[], metavar=DetectorText.METAVAR, help="may be repeated"
    )
    parser.add_argument("--cascade", metavar="FILE.xml", help="also measure this OpenCV cascade")
    parser.add_argument("--min-side", type=float, default=0, metavar="PX", help="ignore smaller faces")
    parser.add_argument(
        "--at-long-side",
        type=_positive,
        default=1200,
        metavar="PX",
        help="size of the image that PX refers to",
    )
    parser.add_argument(
        "--frame",
        type=_positive,
        default=1.0,
        metavar="TIMES",
        help="size of the set's boxes relative to the face; detections are enlarged by it",
    )
    parser.add_argument(
        "--seconds", type=_positive, default=2.0, help="CPU seconds over which images are counted, at least"
    )
    parser.add_argument(
        "--by-score", action="store_true", help="also print the correct share of detections by score"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser.parse_args()


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _truth(boxed: BoxedSet, min_side: float, long_side: float) -> Truth:
    split = [image.by_size(min_side, long_side) for image in boxed.images]
    faces, ignored = [large for large, _ in split], [small for _, small in split]
    return Truth([image.file for image in boxed.images], faces, ignored)


def _results(
    candidates: Sequence[Candidate], truth: Truth, seconds: float, frame: float
) -> list[DetectorResult]:
    """Measure each detector; one that was not selected by name may fail."""
    results = []
    for candidate in candidates:
        print(f"measuring {candidate.label} ...", file=sys.stderr)
        try:
            results.append(_measured(candidate, truth, seconds, frame))
        except FatalError as error:
            if candidate.asked:
                raise
            print(f"left out {candidate.label}: {error}", file=sys.stderr)
    if not results:
        raise FatalError("no detector that is installed works without options")
    return results


def _candidates(asked: Sequence[str], cascade: str | None) -> list[Candidate]:
    """The selected detectors, or all that work without options; and the cascade, if its file is given."""
    installed = [Candidate(name, name, asked=False) for name in names() if name != "cascade"]
    chosen = [Candidate(text, text) for text in asked] or installed
    return [*chosen, Candidate("cascade", f"cascade:cascade={cascade}")] if cascade else chosen


def _measured(candidate: Candidate, truth: Truth, seconds: float, frame: float) -> DetectorResult:
    # Other programs can only slow a start down, so take the fastest.
    starts = [_start_seconds(candidate, truth.files) for _ in range(STARTS)]
    answer = _run(candidate, truth.files, seconds)
    found = [[Detection(Box(*box).scaled(frame), score) for box, score in faces] for faces in answer["found"]]
    searched = [ImageDetections(*image) for image in zip(found, truth.faces, truth.ignored, strict=True)]
    return DetectorResult(
        candidate.label,
        answer["version"],
        {iou: evaluate(searched, iou) for iou in IOUS},
        sum(bool(faces) for faces, empty in zip(found, truth.faceless, strict=True) if empty),
        answer["rate"],
        answer["peak_mib"] or math.nan,
        min(starts),
    )


def _start_seconds(candidate: Candidate, files: list[Path]) -> float:
    began = time()
    first_at: float = _run(candidate, files[:1], 0)["first_at"]
    return first_at - began


def _run(candidate: Candidate, files: list[Path], seconds: float) -> dict[str, Any]:
    """One process: memory and start are the detector's own, and its threads are limited before it imports."""
    images = [str(file) for file in files]
    job = {"detector": candidate.detector, "images": images, "seconds": seconds}
    done = subprocess.run(
        [sys.executable, str(WORKER)],
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | ONE_THREAD,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"error: measuring {candidate.label} failed")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if "refused" in answer:
        raise FatalError(answer["refused"])
    return answer


if __name__ == "__main__":
    main()
