"""COCO and YOLO exports of source images, read by pycocotools and globox."""

import json
from pathlib import Path

import globox
import pytest
from PIL import Image
from pycocotools.coco import COCO

from exports import BOX, Export
from f2a_export.boxes import visible
from f2a_manifests import Box, Workspace, scan_units

IMAGES = {"train": 10, "val": 4, "test": 5}
SMALL = Box(100, 100, 20, 20)


def _first(workspace: Workspace) -> str:
    """The address of the illustration with a second, small face."""
    return next(scan_units(workspace)).image.source_url


@pytest.mark.parametrize("split", IMAGES)
def test_pycocotools_reads_images_and_boxes(split: str, export: Export, workspace: Workspace) -> None:
    out = export("coco")
    coco = COCO(str(out / "annotations" / f"instances_{split}.json"))
    images = coco.loadImgs(coco.getImgIds())
    assert len(images) == IMAGES[split]
    for image in images:
        with Image.open(out / split / image["file_name"]) as picture:
            assert picture.size == (image["width"], image["height"]) == (200, 220)
        boxes = [Box(*mark["bbox"]) for mark in coco.loadAnns(coco.getAnnIds(image["id"]))]
        assert boxes == ([BOX, SMALL] if image["coco_url"] == _first(workspace) else [BOX])
    assert coco.loadCats(coco.getCatIds())[0]["name"] == "face"


def test_globox_reads_the_yolo_labels(export: Export) -> None:
    out, faces = export("yolo"), 0
    for split, count in IMAGES.items():
        images = sorted((out / "images" / split).iterdir())
        assert len(images) == len(list((out / "labels" / split).iterdir())) == count
        for image in images:
            with Image.open(image) as picture:
                file = out / "labels" / split / f"{image.stem}.txt"
                marks = globox.Annotation.from_yolo_v5(file, image_size=picture.size)
            found = {tuple(round(value) for value in mark.ltwh) for mark in marks.boxes}
            assert tuple(BOX) in found <= {BOX, SMALL}
            assert {mark.label for mark in marks.boxes} == {"0"}
            faces += len(found)
    assert faces == sum(IMAGES.values()) + 1
    assert "train: images/train\n" in (out / "data.yaml").read_text()


@pytest.mark.parametrize("name", ["coco", "yolo"])
def test_a_photo_that_exif_turns_is_written_upright(name: str, export: Export) -> None:
    pictures = [path for path in export(name).rglob("*") if path.suffix in (".jpg", ".png")]
    turned = [path for path in pictures if path.suffix == ".png"]
    assert len(pictures) == sum(IMAGES.values())
    assert len(turned) == 1
    with Image.open(turned[0]) as image:
        assert image.size == (200, 220)


def test_the_coco_file_is_json_with_a_category_even_without_boxes(
    export: Export, workspace: Workspace
) -> None:
    units = workspace.load()
    for unit in units:
        for face in unit.faces:
            face.box_x = face.box_y = face.box_w = face.box_h = None
    workspace.publish(units)
    found = json.loads((export("coco") / "annotations" / "instances_val.json").read_text())
    assert found["annotations"] == []
    assert len(found["images"]) == IMAGES["val"]


def test_boxes_are_cut_at_the_border_and_left_out_beside_it() -> None:
    given = [Box(-10, 5, 30, 30), Box(90, 90, 20, 20), Box(100, 0, 5, 5), Box(0, 0, 100, 100)]
    assert list(visible(given, 100, 100)) == [Box(0, 5, 20, 30), Box(90, 90, 10, 10), Box(0, 0, 100, 100)]


def test_images_are_links_unless_copied(export: Export, workspace: Workspace, tmp_path: Path) -> None:
    originals = {path.stat().st_ino for path in (workspace.root / "images").iterdir()}
    linked = {path.stat().st_ino for path in export("coco").rglob("*.jpg")}
    (tmp_path / "out").rename(tmp_path / "linked")
    copied = {path.stat().st_ino for path in export("coco", "--copy").rglob("*.jpg")}
    assert linked <= originals
    assert not copied & originals
