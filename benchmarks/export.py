"""Export many faces in each format, compared with a plain copy of the same files.

    python benchmarks/export.py [FORMAT ...] [--faces 100000] [--folder DIR]

Makes a workspace of that many faces, two in each source image, and one of a tenth of them. Prints for each
format the CPU seconds, the peak memory of its process for both workspaces, and the ratio of its time to
copying the same files one by one. Needs about 10 KB of disk for each face, twice.
"""

import argparse
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from peak import peak_mib

from f2a_export.exporting import export
from f2a_export.registry import FORMATS
from f2a_faces.images import encode_jpeg, encode_png
from f2a_manifests import Box, BoxFrom, Domain, Record, Subset, Unit, Workspace, sha256_file

DIFFERENT = 200  # pictures that are drawn; the others have the same bytes under other names
SPLITS = (*[Subset.TRAIN] * 18, Subset.VAL, Subset.TEST)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where to work; the system's for temporary files")
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help="all, if none is named")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        few, many = (make(Path(place) / str(n), n) for n in (options.faces // 10, options.faces))
        print(f"{options.faces:,} faces")
        print(f"{'format':<12}{'s':>8}{'copy s':>8}{'ratio':>7}{'MiB, tenth':>12}{'MiB':>6}")
        copying = {
            images: copied(files(many, images=images), Path(place) / "copy") for images in (False, True)
        }
        for name in options.formats or FORMATS.names():
            _, small = measured(name, few, Path(place) / "out")
            seconds, peak = measured(name, many, Path(place) / "out")
            plain = copying[name in ("coco", "yolo")]
            print(
                f"{name:<12}{seconds:8.1f}{plain:8.1f}{seconds / plain:7.2f}{small:12.0f}{peak:6.0f}",
                flush=True,
            )


def measured(name: str, workspace: Workspace, out: Path) -> tuple[float, float]:
    """CPU seconds, and peak memory in MiB, of an export in a separate process."""
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_measure, args=(name, workspace, out, sender))
    process.start()
    result: tuple[float, float] = receiver.recv()
    process.join()
    shutil.rmtree(out)
    return result


def _measure(
    name: str, workspace: Workspace, out: Path, sender: "Connection[tuple[float, float], object]"
) -> None:
    began = time.process_time()
    export(FORMATS.load(name)(), workspace, out)
    sender.send((time.process_time() - began, peak_mib() or 0.0))


def copied(paths: Iterable[Path], folder: Path) -> float:
    """CPU seconds to copy files into one folder."""
    folder.mkdir()
    began = time.process_time()
    for path in paths:
        shutil.copyfile(path, folder / path.name)
    seconds = time.process_time() - began
    shutil.rmtree(folder)
    return seconds


def files(workspace: Workspace, *, images: bool) -> list[Path]:
    """The source images or the crops."""
    folder = workspace.root / ("images" if images else "crops")
    return [path for path in folder.rglob("*") if path.is_file()]


def make(root: Path, faces: int) -> Workspace:
    """A workspace with that many faces."""
    workspace = Workspace(root)
    workspace.create()
    rng = np.random.default_rng(0)
    crops = [encode_png(_picture(rng, 64, 64)) for _ in range(DIFFERENT)]
    photos = [encode_jpeg(_picture(rng, 200, 160)) for _ in range(DIFFERENT)]
    workspace.publish([_unit(workspace, number, crops, photos) for number in range(faces // 2)])
    return workspace


def _picture(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    small = rng.integers(0, 256, (height // 4, width // 4, 3), np.uint8)
    return small.repeat(4, axis=0).repeat(4, axis=1)


def _unit(workspace: Workspace, number: int, crops: list[bytes], photos: list[bytes]) -> Unit:
    image = Record(
        id=f"post-{number}", domain=Domain.ANIME, source="danbooru", source_id=str(number), rating="g",
        source_url=f"https://booru.example/posts/{number}", tags="1girl solo long_hair smile",
        path=f"images/{number}.jpg", width=160, height=200, group=f"post-{number}",
    )  # fmt: skip
    _store(workspace, image, photos[number % DIFFERENT])
    return Unit(image, list(_faces(workspace, image, number, crops)))


def _faces(workspace: Workspace, image: Record, number: int, crops: list[bytes]) -> Iterator[Record]:
    for which in range(2):
        face = image.face(Box(10 + 70 * which, 20, 60, 60), BoxFrom.DETECTED, "f2a-1", 0.9)
        face.path = f"crops/{number % 256:02x}/{number:08x}{which}.png"
        face.width = face.height = 64
        face.split = SPLITS[number % len(SPLITS)]
        _store(workspace, face, crops[(2 * number + which) % DIFFERENT])
        yield face


def _store(workspace: Workspace, row: Record, data: bytes) -> None:
    path = workspace.root / row.path
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    row.sha256 = sha256_file(path)


if __name__ == "__main__":
    main()
