"""Time and peak memory of each command on a workspace of rows only, as large as a whole booru.

    python benchmarks/scale.py --images 10000000 --faces 1000000 --folder /tmp/scale

Rows are made up: posts with tags, artists and hashes, one face in some of them, and one face in ten a near
copy of another. No image file is there, so that what reads images (`clean`, `verify`, a first `detect`) is
left out; the rest runs as a user runs it, each command in its own process. Faces share ``--pictures`` crops,
and copies the same ones saved as JPEG, so that `dedup` finds, reads and compares each pair. Hashes are spread
evenly: it meets no faces that are alike by chance. The workspace is made once.
"""

import argparse
import hashlib
import io
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from f2a_data.stages.crop import Crop
from f2a_data.stages.detect import Detect
from f2a_engine.layers import Author
from f2a_engine.stages import identity
from f2a_faces.cuts import cuts, packed
from f2a_faces.images import Pixels, encode_crop
from f2a_manifests import Box, BoxFrom, Domain, Record, Workspace, parquet
from f2a_manifests.parquet import KEY, SIZE, Facts
from f2a_manifests.shards import COLLECT, Layer, digest
from f2a_manifests.table import Columns, cells

SHARD = 1000
COMMANDS = (
    "status", "funnel", "detect", "dedup", "dedup", "review", "split", "split",
    "remove --id danbooru-7 --yes", "dedup", "split", "report", "manifests",
    "folder {new} --domain human --whole",
    "scrape --tags x --root http://127.0.0.1:9 --delay 0 --retries 0",  # a server that is not there
    "status",
)  # fmt: skip


def main() -> None:
    """Make the workspace where it is missing, then run and measure every command."""
    options = _options()
    workspace = Workspace(options.folder / "workspace")
    if not (options.folder / "made").exists():
        _make(workspace, options.images, options.faces, Pictures(workspace, options.pictures))
        (options.folder / "made").touch()
    new = options.folder / "new"
    _pictures(new)
    for command in COMMANDS:
        seconds, busy, mebibytes, said = measured(command.format(new=new), workspace)
        print(f"{command:<40} {seconds:7.1f} s, {busy:7.1f} s CPU, {mebibytes:6.0f} MiB   {said}", flush=True)


def measured(command: str, workspace: Workspace) -> tuple[float, float, float, str]:
    """Run ``f2a-data``: seconds, seconds of CPU, peak memory in MiB, and its last line."""
    began = time.monotonic()
    arguments = [sys.executable, "-m", "f2a_data", *command.split(), "--workspace", str(workspace.root)]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as child:
        said = child.stdout.read() if child.stdout else ""
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
    lines = said.replace("\r", "\n").strip().splitlines() or [""]
    seconds = time.monotonic() - began
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, lines[-1][:100]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--images", type=int, default=10_000_000)
    parser.add_argument("--faces", type=int, default=1_000_000)
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, required=True)
    return parser.parse_args()


def _make(workspace: Workspace, images: int, faces: int, pictures: "Pictures") -> None:
    """Write shards as `scrape`, `detect` and `crop` leave them."""
    booru = Booru(max(images // faces, 1), pictures)
    detect, crop = (Author.of(stage.name, identity(stage)) for stage in (Detect(), Crop()))
    authors = (Author.of(COLLECT, "danbooru"), detect, crop)
    for shard in range(-(-images // SHARD)):
        numbers = range(shard * SHARD, min((shard + 1) * SHARD, images))
        inputs = "0" * 16
        for author, (of_images, of_faces, counts) in zip(authors, booru.layers(numbers), strict=True):
            layer = Layer(author.stage, shard, author.recipe, inputs, digest([author.stage, str(shard)]))
            inputs = layer.content
            about = Facts(
                rows=len(numbers), images=tuple(of_images), faces=tuple(of_faces), identity=author.identity,
                counts=counts,
            )  # fmt: skip
            extra = {} if author.stage == COLLECT else {KEY: [1] * len(numbers), SIZE: booru.sizes(numbers)}
            parquet.write(workspace.shards, layer, about, extra | of_images, of_faces, durable=False)
        if shard % 100 == 0:
            print(f"\r{shard * SHARD:>12,} images", end="", file=sys.stderr, flush=True)


Layers = Iterator[tuple[Columns, Columns, dict[str, dict[str, int]]]]


class Booru:
    """Posts, faces and crops that are made up: a face in every so-manieth post."""

    def __init__(self, every: int, pictures: "Pictures") -> None:
        self._random = random.Random(0)
        self._every = every
        self._pictures = pictures
        words = [f"tag_{number}_{'x' * (number % 9)}" for number in range(5000)]
        self._tags = [" ".join(self._random.choices(words, k=30)) for _ in range(2000)]
        self._made: list[tuple[int, int]] = []

    def sizes(self, numbers: range) -> list[int]:
        """The faces in each post."""
        return [int(number % self._every == 0) for number in numbers]

    def layers(self, numbers: range) -> Layers:
        """What the source, `detect` and `crop` say: of images, of faces, and the counts after each."""
        some = [number for number in numbers if number % self._every == 0]
        images, faces = {"anime|keep||": len(numbers)}, {"anime|keep||": len(some)}
        yield self._posts(numbers), {}, {"images": images}
        images = {"anime|keep||": len(some), "anime|drop|no_face|detect": len(numbers) - len(some)}
        counts = {"images": images, "faces": faces, "splits": {"anime|": len(some)}}
        kept = [number % self._every == 0 for number in numbers]
        verdict = {
            "status": ["keep" if one else "drop" for one in kept],
            "reason": ["" if one else "no_face" for one in kept],
            "stage": ["" if one else "detect" for one in kept],
        }
        yield verdict, self._faces(some), counts
        yield {}, self._crops(some), counts

    def _posts(self, numbers: range) -> Columns:
        ids = [f"danbooru-{number}" for number in numbers]
        bits = [self._random.getrandbits(256) for _ in numbers]
        return _filled(len(ids)) | {
            "id": ids, "group": ids, "domain": ["anime"] * len(ids), "source": ["danbooru"] * len(ids),
            "source_id": list(map(str, numbers)), "rating": ["g"] * len(ids),
            "source_url": [f"https://cdn.donmai.us/original/{number}.jpg" for number in numbers],
            "source_md5": [f"{value % 2**128:032x}" for value in bits],
            "path": [f"images/danbooru/{number}.jpg" for number in numbers],
            "sha256": [f"{value:064x}" for value in bits],
            "width": [850] * len(ids), "height": [1200] * len(ids),
            "artist": [f"artist_{value % 50_000}" for value in bits],
            "tags": [self._tags[value % len(self._tags)] for value in bits],
        }  # fmt: skip

    def _faces(self, numbers: list[int]) -> Columns:
        one = Record(id="danbooru-0", domain=Domain.ANIME, source="danbooru", rating="g")
        made = []
        for number in numbers:
            side = self._random.randrange(64, 400)
            box = Box(self._random.randrange(400), self._random.randrange(700), side, side)
            post = replace(one, id=f"danbooru-{number}", source_id=str(number), group=f"danbooru-{number}")
            made.append(post.face(box, BoxFrom.DETECTED, "f2a-anime-x", self._random.random()))
        return cells(made)

    def _crops(self, numbers: list[int]) -> Columns:
        made = [self._crop() for _ in numbers]
        sides = [[float(self._random.randrange(100))] * 3 for _ in numbers]
        return {
            "sha256": [f"{self._random.getrandbits(256):064x}" for _ in numbers],
            "path": [crop.path for crop in made],
            "width": [64] * len(numbers), "height": [64] * len(numbers),
            "crop_rule": ["default-64"] * len(numbers),
            "crop_x": [side[0] for side in sides], "crop_y": [side[1] for side in sides],
            "crop_side": [side[2] for side in sides],
            "phash": [f"{self._random.getrandbits(64):016x}" for _ in numbers],
            "cuts": [crop.cuts for crop in made],
        }  # fmt: skip

    def _crop(self) -> "Picture":
        """One in ten is a copy of an earlier one; the other hashes are spread evenly."""
        bits, copy = 64 * len(cuts()), bool(self._made) and self._random.random() < 0.1
        if copy:
            number, hashes = self._random.choice(self._made)
            hashes ^= 1 << self._random.randrange(bits)
        else:
            number, hashes = (
                self._random.randrange(len(self._pictures.originals)),
                self._random.getrandbits(bits),
            )
            self._made.append((number, hashes))
        picture = (self._pictures.copies if copy else self._pictures.originals)[number]
        own = hashes.to_bytes(bits // 8, "little")
        return picture._replace(cuts=own + picture.cuts[len(own) :])


class Picture(NamedTuple):
    """A crop's file and what is stored of it."""

    path: str
    cuts: bytes


class Pictures:
    """Different crops, and each of them saved as JPEG, on disk."""

    def __init__(self, workspace: Workspace, count: int) -> None:
        workspace.create()
        self._root = workspace.root
        made = [_picture(seed) for seed in range(count)]
        self.originals = [self._stored(picture) for picture in made]
        self.copies = [self._stored(_saved_again(picture)) for picture in made]

    def _stored(self, pixels: Pixels) -> Picture:
        png = encode_crop(pixels)
        name = hashlib.sha256(png).hexdigest()
        path = self._root / f"crops/{name[:2]}/{name[:32]}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png)
        return Picture(path.relative_to(self._root).as_posix(), packed(pixels))


def _picture(seed: int) -> Pixels:
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return np.asarray(Image.fromarray(noise).resize((64, 64), Image.Resampling.BICUBIC))


def _saved_again(pixels: Pixels) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=80)
    return np.asarray(Image.open(file).convert("RGB"))


def _filled(rows: int) -> Columns:
    """Empty cells for every column."""
    empty = cells([Record(id="-", domain=Domain.ANIME, source="-")])
    return {name: column * rows for name, column in empty.items()}


def _pictures(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(100):
        Image.new("RGB", (64, 64), (number, 2 * number, 99)).save(folder / f"{number}.png")


if __name__ == "__main__":
    main()
