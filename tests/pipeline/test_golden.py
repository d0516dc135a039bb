"""Crops of drawings are pixel by pixel what they were before boxes became the face alone.

``drawn_before`` is what that version made of the drawings of the published example: its manifests, and the
SHA-256 of each crop's pixels. Detected again, the same faces have boxes that are rounded at another size
(docs/adr/0018), so their crops are compared by what they show.
"""

import csv
import hashlib
import shutil
from pathlib import Path

import pytest

from f2a_data.sources.folder import Folder
from f2a_data.stages.clean import Clean
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.detect import Detect
from f2a_demo import sample
from f2a_engine import runner
from f2a_engine.collect import collect
from f2a_engine.upgrade import upgrade
from f2a_faces.crop import crop_face, parse_rule
from f2a_faces.images import decode
from f2a_manifests import Domain, Record, Square, Workspace

BEFORE = Path(__file__).with_name("drawn_before")
MOVED = 0.06  # of the square's side: an edge moves by up to two pixels of the image as it was searched


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawings")
    sample.posts(folder)
    return folder


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """The faces of the earlier version, upgraded."""
    workspace = Workspace(tmp_path_factory.mktemp("before") / "workspace")
    shutil.copytree(BEFORE, workspace.root)
    upgrade(workspace)
    return workspace.faces(Domain.ANIME)


@pytest.fixture(scope="module")
def now(drawings: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same drawings through the chain as it is."""
    workspace = Workspace(tmp_path_factory.mktemp("now"))
    collect(Folder(drawings, Domain.ANIME, source="drawn"), workspace)
    for stage in (Detect(), Crop(), Dedup(), Clean()):
        runner.run(stage, workspace)
    return workspace


def pixels_sha256(drawings: Path, face: Record) -> str:
    name = face.source_id
    pixels = crop_face(decode(drawings / name).pixels, face.box, parse_rule(face.crop_rule))
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def test_an_upgraded_face_is_cropped_to_the_pixels_it_had(drawings: Path, before: list[Record]) -> None:
    with (BEFORE / "crops.csv").open(newline="") as file:
        expected = {row["id"]: row["pixels_sha256"] for row in csv.DictReader(file)}
    assert {face.id: pixels_sha256(drawings, face) for face in before} == expected


def test_detected_again_the_same_faces_are_kept_for_the_same_reasons(
    before: list[Record], now: Workspace
) -> None:
    faces = now.faces(Domain.ANIME)
    assert len(faces) == len(before) == 16
    for face in before:
        again = min(faces, key=lambda other: moved(face, other))
        assert again.parent == face.parent
        assert moved(face, again) < MOVED
        assert again.score == pytest.approx(face.score, abs=0.01)
        both_kept = face.kept and again.kept  # only kept faces are flagged
        same = ("box_from", "detector", "crop_rule", "group", *["flags"] * both_kept)
        assert [getattr(again, name) for name in same] == [getattr(face, name) for name in same]
    # Two of the drawings are copies, with two faces each. Before, one of the faces was missed.
    (dropped,) = (face for face in before if not face.kept)
    now_dropped = [face for face in faces if not face.kept]
    assert [(face.group, face.reason, face.stage) for face in now_dropped] == [
        (dropped.group, dropped.reason, dropped.stage)
    ] * 2
    assert len({face.parent for face in now_dropped}) == 1


def moved(one: Record, other: Record) -> float:
    """How far the edges of two crops are apart, as a share of the side; infinite in different images."""
    if one.parent != other.parent:
        return float("inf")
    (x, y, side), (u, v, other_side) = square_of(one), square_of(other)
    return max(abs(x - u), abs(y - v), abs(x + side - u - other_side), abs(y + side - v - other_side)) / side


def square_of(face: Record) -> Square:
    assert face.square
    return face.square
