"""The rate of each stage on one core, compared with its bare parts, on two kinds of images.

    python benchmarks/pipeline.py CELEBA [--photos 2500] [--searched 300] [--illustrations 30] [--rounds 3]

Photos: CelebA's, 178x218 pixels, repeated under other numbers (see `celeba_set.py`). Illustrations: the
demo's drawings as JPEG of 1500x2000. A stage runs as its command does, with one worker, in a new workspace
each round. The floor is the time of its bare parts one after another: the same files and pixels, straight
into OpenCV, Pillow, onnxruntime and OpenSSL. Parts in brackets are not counted. Rates are items per second of
CPU time, since cores are shared; "by the clock" is beside it. Every figure is the best of the rounds, in
which stages and parts take turns. Files are written to TMPDIR. Where many were deleted in the last minutes,
ext4 takes up to ten times as long to create one; a file system in memory does not.
"""

import argparse
import contextlib
import io
import logging
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import pipeline_parts as bare
from celeba_set import write_set
from PIL import Image

from f2a_data.cli import cli
from f2a_demo.drawing import draw
from f2a_faces.detectors import find_faces, load
from f2a_faces.images import decode
from f2a_manifests import Domain, Record, Workspace

SIZE = (1500, 2000)
SIDES = {Domain.ANIME: 320, Domain.HUMAN: 448}  # the detector's
Part = tuple[Callable[[Any], object], Sequence[Any]]
Seconds = dict[str, list[float]]


@dataclass(slots=True)
class Measured:
    """A stage's times: seconds of each round.

    Attributes:
        items: files or faces.
        cpu: of the stage.
        clock: likewise, by the clock.
        parts: CPU seconds of the bare parts, by name.
    """

    items: int = 0
    cpu: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)
    parts: Seconds = field(default_factory=lambda: defaultdict(list))

    def line(self, name: str) -> str:
        """One line of the table."""
        parts = {part: min(times) / self.items for part, times in self.parts.items()}
        floor = sum(value for part, value in parts.items() if not part.startswith("("))
        listed = ", ".join(f"{part} {value * 1e6:.0f}" for part, value in parts.items())
        rate, clock = self.items / min(self.cpu), self.items / min(self.clock)
        return f"| {name} | {rate:,.0f} | {clock:,.0f} | {1 / floor:,.0f} | {rate * floor:.0%} | {listed} |"


@dataclass(frozen=True, slots=True)
class Bench:
    """Runs stages and their parts in a separate folder."""

    folder: Path
    results: dict[str, Measured] = field(default_factory=lambda: defaultdict(Measured))

    def round(self, kind: str, domain: Domain, *source: object) -> Workspace:
        """Import, detect where there are no boxes, crop and verify, each with its parts."""
        workspace = Workspace(self.new_folder())
        self.stage(f"{source[0]}, {kind}", workspace, *source)
        images = [row for row in workspace.images() if row.path]
        self.parts(
            f"{source[0]}, {kind}", len(images), self.of_import(Path(str(source[-1])), workspace, images)
        )
        if source[0] != "celeba":
            self.stage(f"detect, {kind}", workspace, "detect", "--workers", 1)
            self.parts(f"detect, {kind}", len(images), of_detect(workspace, images, domain))
        if source[0] == "celeba" or domain is Domain.ANIME:
            self.stage(f"crop, {kind}", workspace, "crop", "--workers", 1)
            faces = [face for face in workspace.faces(domain) if face.path]
            self.parts(f"crop, {kind}", len(faces), self.of_crop(workspace, images, faces))
            self.stage(f"verify, {kind}", workspace, "verify", "--workers", 1)
            files = [workspace.root / row.path for row in (*images, *faces)]
            self.parts(f"verify, {kind}", len(files), of_verify(files))
        return workspace

    def stage(self, name: str, workspace: Workspace, *words: object) -> None:
        """Run one command in this process and measure it."""
        clock, cpu = time.perf_counter(), time.process_time()
        command = [str(word) for word in (*words, "--workspace", workspace.root)]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            code = cli.main(command, prog_name="f2a-data", standalone_mode=False)
        if code:
            sys.exit(f"{' '.join(command)} ended with {code}: {said.getvalue()}")
        self.results[name].cpu.append(time.process_time() - cpu)
        self.results[name].clock.append(time.perf_counter() - clock)

    def parts(self, name: str, items: int, parts: dict[str, Part]) -> None:
        """Measure a stage's parts."""
        if not items:
            sys.exit(f"{name}: nothing came out of these images; give more of them")
        self.results[name].items = items
        for part, (function, prepared) in parts.items():
            self.results[name].parts[part].append(bare.seconds(function, prepared))

    def of_import(self, source: Path, workspace: Workspace, images: list[Record]) -> dict[str, Part]:
        """Reading, hashing and writing files."""
        contents = [bare.read(workspace.root / row.path) for row in images]
        archive = source / "Img" / "img_align_celeba.zip"
        reading: Part = (bare.read, [workspace.root / row.path for row in images])
        if archive.exists():
            opened = zipfile.ZipFile(archive)
            reading = (bare.read_member, [(opened, member) for member in opened.infolist()])
        return {
            "read": reading, "sha256": (bare.sha256, contents), "write": (bare.write, self.written(contents)),
        }  # fmt: skip

    def of_crop(self, workspace: Workspace, images: list[Record], faces: list[Record]) -> dict[str, Part]:
        """From a file to another one."""
        files = {row.id: workspace.root / row.path for row in images}
        pictures = {name: Image.fromarray(bare.decode(bare.read(file))) for name, file in files.items()}
        crops = [decode(workspace.root / face.path).pixels for face in faces]
        pngs = [bare.encode(crop) for crop in crops]
        of_faces = list(dict.fromkeys(face.parent for face in faces))
        contents = [bare.read(files[name]) for name in of_faces]
        return {
            "read": (bare.read, [files[name] for name in of_faces]),
            "decode": (bare.decode, contents),
            "(decode by Pillow)": (bare.decode_by_pillow, contents),
            "resample": (bare.resample, [(pictures[face.parent], box(face), face.width) for face in faces]),
            "PNG": (bare.encode, crops),
            "phash": (bare.perceptual_hash, crops),
            "sha256": (bare.sha256, pngs),
            "write": (bare.write, self.written(pngs)),
        }

    def written(self, contents: Sequence[bytes]) -> list[tuple[Path, bytes]]:
        """Names of new files for these."""
        folder = self.new_folder()
        return [(folder / f"{number}", data) for number, data in enumerate(contents)]

    def new_folder(self) -> Path:
        """A folder that is kept until the end: ext4 creates files up to ten times slower after deletions."""
        return Path(tempfile.mkdtemp(dir=self.folder))


def box(face: Record) -> tuple[float, float, float, float]:
    """The square that was cut, for Pillow."""
    place = face.square
    assert place is not None  # noqa: S101 -- it has a crop
    return place.x, place.y, place.x + place.side, place.y + place.side


def of_detect(workspace: Workspace, images: list[Record], domain: Domain) -> dict[str, Part]:
    """Decoding a file, then the network; the detector does both, and everything between."""
    files = [workspace.root / row.path for row in images]
    detector = load(f"f2a:kind={domain.value}")
    network = bare.Network(files, detector)
    contents = [(bare.read(file), SIDES[domain]) for file in files]
    return {
        "read": (bare.read, files),
        "decode": (bare.decode_small, contents),
        "network": (network.bare, network.inputs),
        "(detector)": (lambda file: find_faces(file, detector), files),
    }


def of_verify(files: list[Path]) -> dict[str, Part]:
    """What `verify` reads: all bytes, and all pixels."""
    contents = [bare.read(file) for file in files]
    return {
        "read": (bare.read, files),
        "sha256": (bare.sha256, contents),
        "decode": (bare.decode, contents),
        "(decode by Pillow)": (bare.decode_by_pillow, contents),
    }


def illustrations(folder: Path, count: int) -> Path:
    """Drawings as JPEG files of `SIZE`."""
    folder.mkdir()
    for seed in range(count):
        picture = Image.fromarray(draw(seed).pixels[..., :3]).resize(SIZE)
        picture.save(folder / f"{seed}.jpg", quality=92)
    return folder


def photos(root: Path, folder: Path, count: int) -> Path:
    """The first images of a set as files, without their boxes."""
    folder.mkdir()
    with zipfile.ZipFile(root / "Img" / "img_align_celeba.zip") as archive:
        for member in archive.infolist()[:count]:
            (folder / Path(member.filename).name).write_bytes(archive.read(member))
    return folder


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder, in ``TMPDIR``."""
    with tempfile.TemporaryDirectory(prefix="f2a-pipeline-") as folder:
        yield Path(folder)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("celeba", type=Path, help="a folder with Img/img_align_celeba.zip")
    parser.add_argument("--photos", type=int, default=2500)
    parser.add_argument("--searched", type=int, default=300, help="photos that faces are detected in")
    parser.add_argument("--illustrations", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    logging.disable(logging.INFO)
    cv2.setNumThreads(1)  # as in a worker
    with scratch() as folder:
        write_set(options.celeba, folder / "celeba", options.photos)
        searched = photos(folder / "celeba", folder / "photos", options.searched)
        drawn = illustrations(folder / "drawn", options.illustrations)
        bench = Bench(folder)
        for _ in range(options.rounds):
            bench.round(
                "178x218", Domain.HUMAN, "celeba", "--count", options.photos, "--root", folder / "celeba"
            )
            bench.round("178x218", Domain.HUMAN, "folder", "--domain", "human", searched)
            bench.round("1500x2000", Domain.ANIME, "folder", "--domain", "anime", drawn)
    print("| stage | a CPU second | by the clock | floor | share | parts, microseconds an item |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for name, measured in bench.results.items():
        print(measured.line(name))


if __name__ == "__main__":
    main()
