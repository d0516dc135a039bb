"""What each flag of `clean` finds that nothing else does.

    python benchmarks/rule_flags.py --boxed human haar photos benchmarks/boxes/photos.csv \
        --boxed anime animeface illustrations/boxed illustrations/boxed/boxes.csv \
        --crops loose160.zip benchmarks/loose160-labels.csv

Each `--boxed` is a domain, a detector, a folder of images, and a CSV of the faces in them; those of one
domain and detector are one set. A detection is wrong if no face overlaps it by an IoU of 0.3. Each `--crops`
is a ZIP file of face crops and a CSV that names the wrong ones (`name,sha256,label`). The stages run in a
temporary workspace with their defaults. For each flag it prints how many faces have it, and how many of
those are wrong; how many of these have no other flag; and how many of these are not among the first tenth of
the review's queue either, which is ordered without the flag and before anybody has decided anything.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from f2a_faces.detectors.boxed_set import SPLITS, read_boxed
from f2a_manifests import Box, Domain, FatalError, Record, Workspace
from f2a_queue.evidence import Evidence
from f2a_queue.looks import Looks

SAME = 0.3
FIRST = 0.1
Judge = Callable[[Record, Record], bool | None]
"""Whether a face, in an image, is wrong; None where nobody knows."""


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ("DOMAIN", "DETECTOR", "FOLDER", "CSV")
    parser.add_argument("--boxed", nargs=4, action="append", default=[], metavar=names)
    parser.add_argument("--crops", nargs=2, action="append", default=[], metavar=("ZIP", "CSV"))
    options = parser.parse_args()
    sets = defaultdict(list)
    for domain, detector, folder, boxes in options.boxed:
        sets[domain, detector].append((Path(folder), Path(boxes)))
    for (domain, detector), parts in sets.items():
        folders = [folder for folder, _ in parts]
        detect = ["--detector", detector, "--human-detector", detector]
        run(f"{domain}, {detector}", folders, Domain(domain), by_boxes(parts), detect)
    for crops, labels in options.crops:
        run(crops, [Path(crops)], Domain.ANIME, by_labels(Path(labels)), [])


def run(title: str, places: list[Path], domain: Domain, judge: Judge, detector: list[str]) -> None:
    """Run the stages and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        for number, place in enumerate(places):
            whole = [] if detector else ["--whole"]
            call(workspace, "folder", str(place), "--domain", domain.value, "--source", f"s{number}", *whole)
        if detector:
            call(workspace, "detect", *detector)
        call(workspace, "crop")
        call(workspace, "clean")
        images = {image.id: image for image in workspace.images()}
        faces = [face for face in workspace.faces(domain) if face.kept]
        judged = [(face, judge(face, images[face.parent])) for face in faces]
        known = [(face, wrong) for face, wrong in judged if wrong is not None]
        for _ in Looks(workspace, domain).compute([face for face, _ in known]):
            pass
        table(
            title, workspace, domain, [face for face, _ in known], np.array([bool(one) for _, one in known])
        )


def call(workspace: Workspace, *words: str) -> None:
    """Run a command of the toolkit; rows in error are no failure here."""
    command = [sys.executable, "-m", "f2a_data", *words[:1], "--workspace", str(workspace.root), *words[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)


def table(title: str, workspace: Workspace, domain: Domain, faces: list[Record], wrong: np.ndarray) -> None:
    """A line for each flag."""
    print(f"{title}: {len(faces)} faces, {wrong.sum()} of them wrong")
    print(f"  {'':16}{'flagged':>8}{'wrong':>8}{'no other flag':>16}{'nor early':>12}")
    looks = Looks(workspace, domain).known(faces)
    for name in sorted({flag for face in faces for flag in face.flags}):
        has = np.array([name in face.flags for face in faces])
        alone = has & wrong & np.array([len(face.flags) < 2 for face in faces])
        late = alone & ~early(faces, looks, name)
        print(f"  {name:16}{has.sum():8}{(has & wrong).sum():8}{alone.sum():16}{late.sum():12}")


def early(faces: list[Record], looks: np.ndarray, but: str) -> np.ndarray:
    """Which faces the queue shows in its first tenth when there is one flag less."""
    flags = sorted({flag for face in faces for flag in face.flags} - {but})
    flagged = np.array([[flag in face.flags for flag in flags] for face in faces], bool)
    scores = np.array([np.nan if face.score is None else face.score for face in faces], np.float32)
    unusual = Evidence(looks, scores, flagged.reshape(len(faces), -1), np.zeros(len(faces), int)).unusual()
    first = np.zeros(len(faces), bool)
    first[np.argsort(-unusual, kind="stable")[: round(FIRST * len(faces))]] = True
    return first


def by_boxes(parts: list[tuple[Path, Path]]) -> Judge:
    """Wrong is what overlaps no face of its image."""
    known = {}
    for folder, boxes in parts:
        for split in SPLITS:
            known.update(boxed(folder, boxes, split))

    def judge(face: Record, image: Record) -> bool | None:
        if image.source_id not in known:
            return None
        faces, unsure = known[image.source_id]
        if any(face.box.overlap(box) >= SAME for box in faces):
            return False
        return None if any(face.box.overlap(box) > 0 for box in unsure) else True

    return judge


def boxed(folder: Path, boxes: Path, split: str) -> dict[str, tuple[Collection[Box], Collection[Box]]]:
    """The boxes by the name of the image; none where a split is empty."""
    try:
        images = read_boxed(folder, boxes, split).images
    except FatalError:
        return {}
    return {image.file.name: (image.faces, image.unsure) for image in images}


def by_labels(labels: Path) -> Judge:
    """Wrong is what is named, by the hash of the file."""
    wrong = {row["sha256"] for row in csv.DictReader(labels.open(encoding="utf-8"))}
    return lambda _, image: image.sha256 in wrong


if __name__ == "__main__":
    main()
