"""The small booru of the published example in manifests/drawn-faces.

    python -m f2a_demo.sample manifests/drawn-faces

rebuilds that example: it draws, serves, scrapes, crops and publishes. Its pictures are BMP files, which
have the same bytes whatever library writes them.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import click
from PIL import Image

from f2a_demo.booru import Booru
from f2a_demo.booru_posts import DemoPost
from f2a_demo.drawing import Illustration, gallery
from f2a_manifests import Decision, Domain, Workspace, atomic_file
from f2a_manifests.decisions import Decisions, Entry, source_of
from f2a_publish.bundle import fingerprint

EXAMPLE = Path(__file__).parents[2] / "manifests" / "drawn-faces"
POSTS = 16
ARTIST, SOURCE = "f2a_demo", "drawn"
TITLES = (
    "--name", "drawn-faces", "--version", "1.0.0", "--date", "2026-11-27",
    "--description", "Faces in drawings that f2a's demo makes and serves on this machine.",
)  # fmt: skip


def rebuilt(workspace: Path) -> Path:
    """Where the demo rebuilds the example: in another folder after a change of the example."""
    return workspace / f"example-{fingerprint(EXAMPLE)[:8]}"


def posts(folder: Path) -> list[DemoPost]:
    """Draw the pictures into a folder, except those that are there, and describe them as posts."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_post(folder, number, drawing) for number, drawing in enumerate(gallery(POSTS))]


def _post(folder: Path, number: int, drawing: Illustration) -> DemoPost:
    file = folder / f"{number}.bmp"
    if not file.exists():
        with atomic_file(file, durable=False) as opened:
            Image.fromarray(drawing.pixels[..., :3]).save(opened, "BMP")
    return DemoPost(
        id=number + 1,
        file=file,
        tags=" ".join(drawing.tags),
        rating=drawing.rating,
        artist=ARTIST,
        parent_id=None if drawing.variant_of is None else drawing.variant_of + 1,
    )


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
def make(out: Path) -> None:
    """Make the example OUT again."""
    with tempfile.TemporaryDirectory() as folder, Booru(posts(Path(folder) / "pictures")) as booru:
        workspace = Workspace(Path(folder) / "workspace")
        search = ("--tags", ARTIST, "--rating", "g,s", "--source", SOURCE)
        _run(workspace, "scrape", *search, "--root", booru.url, "--delay", "0")
        for stage in ("detect", "crop", "dedup", "clean"):
            _run(workspace, stage)
        _decide(workspace)
        _run(workspace, "split", "--val", "0.2", "--test", "0.2")
        _run(workspace, "publish", str(out), *TITLES)


def _decide(workspace: Workspace) -> None:
    """Keep a face and drop another, as a person would in the review."""
    images = {image.id: image for image in workspace.images()}
    faces = [face for face in workspace.faces(Domain.ANIME) if face.kept]
    entries = [
        Entry(id=face.id, source=source_of(images[face.parent]), box=face.box, decision=decision)
        for face, decision in zip(faces, (Decision.KEEP, Decision.DROP), strict=False)
    ]
    Decisions.load(workspace.decisions_log).append(entries)


def _run(workspace: Workspace, command: str, *options: str) -> None:
    program = str(Path(sys.executable).with_name("f2a-data"))
    subprocess.run([program, command, *options, "--workspace", str(workspace.root)], check=True)


if __name__ == "__main__":
    make()
