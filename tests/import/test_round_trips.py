"""What `f2a-data export` writes comes back: pictures, splits, boxes, tags and addresses."""

from collections import Counter
from pathlib import Path

import pytest

from exports import BOX, TAGS, Bring, kept
from f2a_data.stages.crop import Crop
from f2a_engine import runner
from f2a_export.exporting import export
from f2a_export.registry import FORMATS
from f2a_manifests import Box, BoxFrom, Domain, Unit, Workspace, scan_units

SPLITS = {"train": 10, "val": 4, "test": 5}


def _exported(name: str, workspace: Workspace, tmp_path: Path) -> Path:
    export(FORMATS.load(name)(), workspace, tmp_path / "out")
    return tmp_path / "out"


def _splits(units: list[Unit]) -> Counter[str]:
    return Counter(str(unit.image.source_split) for unit in units)


@pytest.mark.parametrize("name", ["imagefolder", "parquet", "webdataset"])
def test_faces_with_their_facts(name: str, workspace: Workspace, tmp_path: Path, bring: Bring) -> None:
    units = bring(_exported(name, workspace, tmp_path), whole=True)
    faces = kept(workspace)
    assert _splits(units) == SPLITS
    assert {unit.image.sha256 for unit in units} == {face.sha256 for face in faces.values()}
    drawn = [unit.image for unit in units if unit.image.rating]
    assert len(drawn) == 9
    for image in drawn:
        assert (image.tags, image.artist, image.rating) == (TAGS, "someone", "g")
        assert image.source_url.startswith("https://booru.example/posts/")
    assert all(face.box_from is BoxFrom.WHOLE for unit in units for face in unit.faces)


def test_kohya_captions_become_tags(workspace: Workspace, tmp_path: Path, bring: Bring) -> None:
    units = bring(_exported("kohya", workspace, tmp_path))
    assert Counter(unit.image.tags for unit in units) == {TAGS: 9, "": 10}
    assert _splits(units) == SPLITS


@pytest.mark.parametrize("name", ["coco", "yolo"])
def test_boxes_become_faces(name: str, workspace: Workspace, tmp_path: Path, bring: Bring) -> None:
    units = bring(_exported(name, workspace, tmp_path))
    assert _splits(units) == SPLITS
    boxes = Counter(face.box for unit in units for face in unit.faces)
    assert boxes == {BOX: 19, Box(100, 100, 20, 20): 1}
    assert {face.box_from for unit in units for face in unit.faces} == {BoxFrom.GIVEN}


def test_the_crops_of_imported_boxes_are_the_same(
    workspace: Workspace, tmp_path: Path, bring: Bring, empty: Workspace
) -> None:
    bring(_exported("coco", workspace, tmp_path))
    runner.run(Crop(), empty)
    assert set(kept(empty)) != set(kept(workspace))
    assert {face.sha256 for face in kept(empty).values()} == {
        face.sha256 for face in kept(workspace).values()
    }


def test_the_same_import_again_changes_nothing(
    workspace: Workspace, tmp_path: Path, bring: Bring, empty: Workspace
) -> None:
    out = _exported("coco", workspace, tmp_path)
    bring(out)
    runner.run(Crop(), empty)
    before = empty.images_csv.read_bytes(), empty.faces_csv(Domain.ANIME).read_bytes()
    bring(out)
    assert (empty.images_csv.read_bytes(), empty.faces_csv(Domain.ANIME).read_bytes()) == before
    assert len(list(scan_units(empty))) == 19
