"""A small workspace for the tests of exports: both domains, three splits, tags, copies and a turned photo."""

import io
import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from f2a_data.stages.crop import Crop
from f2a_engine import runner
from f2a_manifests import (
    Box,
    BoxFrom,
    Domain,
    Reason,
    Record,
    Subset,
    Unit,
    Workspace,
    scan_units,
    sha256_file,
    write_once,
)

BOX = Box(40, 50, 60, 60)
SPLITS = [Subset.TRAIN] * 5 + [Subset.VAL] * 2 + [Subset.TEST] * 3
Export = Callable[..., Path]
Bring = Callable[..., list[Unit]]
TAGS = "1girl long_hair smile_(artist)"


def small_workspace(root: Path) -> Workspace:
    """Ten illustrations and ten photos with a face each, cropped and split."""
    made = Workspace(root)
    made.create()
    made.publish([_unit(made, domain, number) for domain in Domain for number in range(len(SPLITS))])
    runner.run(Crop(), made)
    units = made.load()
    for number, unit in enumerate(units):
        for face in unit.faces:
            face.split = SPLITS[number % len(SPLITS)]
    units[0].faces.append(units[0].image.face(Box(100, 100, 20, 20), BoxFrom.GIVEN, "drawn"))
    units[0].faces[-1].drop("crop", Reason.TOO_SMALL)
    units[9].faces[0].drop("review", Reason.DROPPED_IN_REVIEW)
    made.publish(units)
    return made


def kept(workspace: Workspace) -> dict[str, Record]:
    """The faces that an export must have, by id."""
    return {face.id: face for unit in scan_units(workspace) for face in unit.faces if face.kept}


def _unit(workspace: Workspace, domain: Domain, number: int) -> Unit:
    data = _picture(f"{domain} {number}", turned=(domain is Domain.HUMAN and number == 1))
    posts = domain is Domain.ANIME
    image = Record(
        id=f"test-train-{domain}-{number}",  # the words that mislead loaders
        domain=domain,
        source="danbooru" if posts else "celeba",
        source_id=str(number) if posts else f"{number:06}.jpg",
        source_url=f"https://booru.example/posts/{number}" if posts else "",
        rating="g" if posts else "",
        tags=TAGS if posts else "",
        artist="someone" if posts else "",
        group=f"{domain}-{number}",
        width=200,
        height=220,
        path=f"images/{domain}-{number}.jpg",
    )
    write_once(workspace.root / image.path, data)
    image.sha256 = sha256_file(workspace.root / image.path)
    return Unit(image, [image.face(BOX, BoxFrom.DETECTED, "drawn-1", 0.5)])


def _picture(seed: str, *, turned: bool) -> bytes:
    pixels = random.Random(seed).randbytes(10 * 11 * 3)
    image = Image.frombytes("RGB", (10, 11), pixels).resize((200, 220))
    exif = Image.Exif()
    if turned:  # stored on its side
        image, exif[0x0112] = image.transpose(Image.Transpose.ROTATE_90), 6
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()
