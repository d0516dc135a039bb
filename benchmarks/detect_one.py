"""Measure one detector in a separate process, which `detect.py` starts.

Reads ``{"detector", "images", "seconds"}`` as JSON from its input and prints one line of JSON.
Imports as little as a program that detects faces would: memory and start are measured.
"""

import json
import sys
from pathlib import Path
from time import process_time, time
from typing import Any

from peak import peak_mib

from f2a_faces.detectors import Detection, Detector, find_faces, load
from f2a_faces.images import ImageError
from f2a_manifests import FatalError


def main() -> None:
    """Run the measurement and print the result."""
    job = json.load(sys.stdin)
    try:
        detector = load(job["detector"])
        answer = _measure(detector, [Path(name) for name in job["images"]], job["seconds"])
    except (FatalError, ImportError) as error:
        answer = {"refused": str(error)}
    print(f"\n{json.dumps(answer)}")


def _measure(detector: Detector, images: list[Path], seconds: float) -> dict[str, Any]:
    """Search the first image once to warm up, then all of them until enough CPU seconds are spent.

    With 0 seconds, only the first image, to measure the start.
    """
    _, first_at = _search(images[0], detector), time()
    found: list[list[Any]] = []
    spent, passes = 0.0, 0
    while spent < seconds:
        began = process_time()
        results = [_search(image, detector) for image in images]
        spent, passes = spent + process_time() - began, passes + 1
        found = [[(face.box, face.score) for face in faces] for faces in results]
    return {
        "version": str(detector),
        "found": found,
        "rate": passes * len(images) / spent if spent else None,
        "first_at": first_at,
        "peak_mib": peak_mib(),
    }


def _search(image: Path, detector: Detector) -> list[Detection]:
    """From file to boxes, decoding included."""
    try:
        return find_faces(image, detector)[1]
    except ImageError as error:
        sys.exit(f"{image}: {error}")


if __name__ == "__main__":
    main()
