"""How long training takes to start from the cache of faces, and from their crops.

    python benchmarks/train_start.py --faces 1000000

It writes manifests of that many faces in all, half of each domain, and makes their cache from a few faces in
memory, so that the disk need not hold a million files. It measures (1) reading crops from PNGs, 4,000 of
them; (2) opening the cache; (3) a whole `f2a-train train` until its first step is done, with its memory
without mapped files; (4) the same with 4,000 faces. It needs 12.3 KB of disk for each face, in --folder.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from f2a_faces.images import encode_png
from f2a_manifests import BoxFrom, Domain, Record, Subset, Workspace, scan, write
from f2a_train.data import training_rows
from f2a_train.data.crops import read_crop
from f2a_train.data.faces import load_faces

SIZE, CROPS, HELD_OUT, FEW = 64, 500, 64, 4000
PROGRAM = Path(sys.executable).with_name("f2a-train")


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=int, default=100_000, help="in both domains together")
    parser.add_argument(
        "--folder", type=Path, help="where to write; the system's temporary folder by default"
    )
    how = parser.parse_args()
    with TemporaryDirectory(dir=how.folder) as root:
        few, many = (made(Path(root) / name, faces) for name, faces in (("few", FEW), ("many", how.faces)))
        from_crops = FEW / timed(lambda: load(few))
        in_memory = {row.path: read_crop(many, row) for row in crops(many)}
        with patch.object(training_rows, "read_crop", lambda _, row: in_memory[row.path]):
            making = timed(lambda: load(many))
        mapping = timed(lambda: load(many))
        cached = sum(path.stat().st_size for path in (many.root / "cache").rglob("*.npy"))
        starts = {how.faces: start(many), FEW: start(few)}
    whole = how.faces / from_crops
    print(f"crops of {SIZE} pixels are read at {from_crops:,.0f} a second: {how.faces:,} in {whole:,.0f} s")
    print(f"the cache: {cached / 1e9:.2f} GB, made in {making:,.0f} s beside reading the crops")
    print(f"the cache of {how.faces:,} faces is opened in {mapping:.1f} s")
    for faces, (seconds, processors, memory) in starts.items():
        print(
            f"first step of {faces:,} faces after {seconds:.1f} s; "
            f"{processors:.1f} CPU seconds to the end, {memory / 1e6:,.0f} MB of memory"
        )
    print(f"reading {how.faces:,} crops over starting from the cache: {whole / starts[how.faces][0]:.0f}")


def made(root: Path, faces: int) -> Workspace:
    """A workspace with so many faces."""
    workspace = Workspace(root)
    workspace.create()
    for number, domain in enumerate(Domain):
        write_manifest(workspace, domain, faces // 2, np.random.default_rng(number))
    return workspace


def load(workspace: Workspace) -> None:
    """Load the faces, as a training does."""
    for domain in Domain:
        load_faces(workspace.faces_csv(domain), domain)


def crops(workspace: Workspace) -> Iterator[Record]:
    """A row for each crop of a workspace."""
    for domain in Domain:
        yield from islice(scan(workspace.faces_csv(domain)), CROPS)


def timed(function: Callable[[], None]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def write_manifest(workspace: Workspace, domain: Domain, faces: int, rng: np.random.Generator) -> None:
    """Write crops, and the rows of many faces that share them in turn."""
    crops = [
        encode_png(rng.integers(0, 256, (SIZE // 4, SIZE // 4, 3), np.uint8).repeat(4, 0).repeat(4, 1))
        for _ in range(CROPS)
    ]
    digests = [sha256(data).hexdigest() for data in crops]
    for digest, data in zip(digests, crops, strict=True):
        (workspace.root / "crops" / f"{digest}.png").write_bytes(data)
    path = workspace.faces_csv(domain)
    write(path, [_record(domain)])
    header, row = path.read_text().splitlines()
    with path.open("w") as file:
        file.write(header + "\n")
        file.writelines(_rows(row, digests, faces))


def _record(domain: Domain) -> Record:
    return Record(
        id="IDENTIFIER",
        domain=domain,
        source="synthetic",
        path="crops/DIGEST.png",
        sha256="DIGEST",
        width=SIZE,
        height=SIZE,
        parent="image",
        box_x=0,
        box_y=0,
        box_w=SIZE,
        box_h=SIZE,
        box_from=BoxFrom.WHOLE,
        crop_rule="synthetic",
        split=Subset.TRAIN,
    )


def _rows(template: str, digests: list[str], faces: int) -> Iterator[str]:
    for number in range(faces):
        row = template.replace("IDENTIFIER", f"{number:020x}").replace("DIGEST", digests[number % CROPS])
        yield (row.replace(",train", ",val") if number < HELD_OUT else row) + "\n"


def start(workspace: Workspace) -> tuple[float, float, int]:
    """Train for one step.

    Returns:
        Seconds until it is done; CPU seconds until the end; peak memory in bytes, without mapped files.
    """
    out = workspace.root / "runs" / "one"
    manifests = ("--human", workspace.faces_csv(Domain.HUMAN), "--anime", workspace.faces_csv(Domain.ANIME))
    settings = workspace.root / "run.toml"
    settings.write_text("width = 4\n")
    run = ("--out", out, "--config", settings, "--batch-size", "1", "--steps", "1", "--device", "cpu")
    began, before = time.perf_counter(), _processors()
    process = subprocess.Popen([str(PROGRAM), "train", *map(str, manifests), *map(str, run)])
    seconds, most = 0.0, 0
    while process.poll() is None:
        most = max(most, _anonymous(process.pid))
        if not seconds and _has_step(out / "losses.csv"):
            seconds = time.perf_counter() - began
        time.sleep(0.05)
    if process.returncode:
        sys.exit(process.returncode)
    return seconds, _processors() - before, most


def _processors() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _has_step(table: Path) -> bool:
    return table.exists() and table.read_bytes().count(b"\n") > 1


def _anonymous(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    found = (line.split()[1] for line in status.splitlines() if line.startswith("RssAnon"))
    return 1024 * int(next(found, "0"))


if __name__ == "__main__":
    main()
