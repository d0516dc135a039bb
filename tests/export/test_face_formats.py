"""Each format of faces is loaded by the library that people read it with."""

import csv
import gc
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
import webdataset
from PIL import Image

from exports import BOX, TAGS, Export, kept
from f2a_faces.images import Pixels, decode
from f2a_manifests import Domain, Record, Workspace

COUNTS = {"train": 10, "val": 4, "test": 5}


def _pixels(workspace: Workspace, face: Record) -> Pixels:
    return decode(workspace.file(face)).pixels


def _by_file(out: Path) -> dict[str, dict[str, str]]:
    with (out / "manifest.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@pytest.mark.filterwarnings("ignore")  # it leaves files open
@pytest.mark.parametrize("name", ["imagefolder", "parquet", "webdataset"])
def test_datasets_loads_splits_features_and_pixels(
    name: str, export: Export, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # noqa: PLC0415 -- it reads the environment when it is imported

    datasets.disable_progress_bars()
    loaded = datasets.load_dataset(str(export(name)), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 10, "validation": 4, "test": 5}
    faces, picture = kept(workspace), "png" if name == "webdataset" else "image"
    for split, rows in loaded.items():
        assert isinstance(rows.features[picture], datasets.Image)
        for row in rows:
            about = row.get("json", row)
            face = faces.pop(about["id"])
            assert face.split == split.removesuffix("idation")
            assert (np.asarray(row[picture]) == _pixels(workspace, face)).all()
            _check_facts(about, face)
    assert not faces
    del loaded, rows, row
    gc.collect()


def _check_facts(about: dict[str, Any], face: Record) -> None:
    drawn = face.domain is Domain.ANIME
    assert about["tags"] in ((TAGS,) if drawn else ("", "unknown"))
    assert about["score"] == 0.5
    box = about["box"] if "box" in about else " ".join(str(about[f"box_{key}"]) for key in "xywh")
    assert box == " ".join(map(str, BOX))


@pytest.mark.filterwarnings("ignore")  # they leave files open
def test_webdataset_and_torch_read_the_shards(export: Export, workspace: Workspace) -> None:
    out = export("webdataset", "--shard", 4)
    assert sorted(path.name for path in (out / "train").iterdir()) == ["00000.tar", "00001.tar", "00002.tar"]
    faces, kinds = kept(workspace), ("png", "json")
    for split, count in COUNTS.items():
        shards = [str(path) for path in sorted((out / split).glob("*.tar"))]
        samples = (
            webdataset.WebDataset(shards, shardshuffle=False).decode("torchrgb8").to_tuple(*kinds, "__key__")
        )
        loader = torch.utils.data.DataLoader(samples, batch_size=None)
        read = list(loader)
        assert len(read) == count
        for pixels, about, key in read:
            assert "." not in key
            expected = _pixels(workspace, faces.pop(about["id"]))
            assert (pixels.permute(1, 2, 0).numpy() == expected).all()
    assert not faces
    gc.collect()


def test_parquet_shards_have_the_asked_for_size_and_types(export: Export) -> None:
    out = export("parquet", "--shard", 6)
    files = sorted((out / "train").iterdir())
    assert [pq.read_metadata(file).num_rows for file in files] == [6, 4]
    schema = pq.read_schema(files[0])
    assert str(schema.field("box_x").type) == "int32"
    assert str(schema.field("image").type) == "struct<bytes: binary, path: string>"


def test_cyclegan_has_the_four_folders_with_humans_in_a(export: Export, workspace: Workspace) -> None:
    out = export("cyclegan")
    counts = {folder.name: len(list(folder.glob("*.png"))) for folder in out.iterdir() if folder.is_dir()}
    assert counts == {"trainA": 5, "trainB": 5, "valA": 2, "valB": 2, "testA": 3, "testB": 2}
    faces = kept(workspace)
    for file, row in _by_file(out).items():
        assert row["domain"] == ("human" if file.split("/")[0].endswith("A") else "anime")
        assert (out / file).samefile(workspace.file(faces[row["id"]]))


def test_kohya_has_captions_from_tags_for_train_only_in_train(export: Export) -> None:
    out = export("kohya", "--repeats", 3, "--trigger", "f2a style")
    pictures = sorted((out / "train" / "3_anime").glob("*.png"))
    assert len(pictures) == 5
    for picture in pictures:
        assert picture.with_suffix(".txt").read_text() == "f2a style, 1girl, long hair, smile (artist)\n"
    assert (out / "test" / "3_human").is_dir()


def test_kohya_without_tags_or_trigger_writes_no_caption(export: Export) -> None:
    out = export("kohya", "--domain", "human")
    assert len(list((out / "train" / "1_human").glob("*.png"))) == 5
    assert not list(out.rglob("*.txt"))


def test_folder_is_numbered(export: Export, workspace: Workspace) -> None:
    out, faces = export("folder"), kept(workspace)
    files = _by_file(out)
    assert sorted(int(Path(file).stem) for file in files if file.startswith("train/")) == list(range(1, 11))
    assert Counter(file.split("/")[1] for file in files) == {"anime": 9, "human": 10}
    assert all((out / file).samefile(workspace.file(faces[row["id"]])) for file, row in files.items())


def test_csv_is_a_table_that_pandas_reads(export: Export, workspace: Workspace) -> None:
    out, faces = export("csv"), kept(workspace)
    table = pd.read_csv(out / "faces.csv")
    assert table["split"].value_counts().to_dict() == COUNTS
    for row in table.itertuples():
        with Image.open(out / str(row.file)) as image:
            assert (np.asarray(image) == _pixels(workspace, faces.pop(str(row.id)))).all()
    assert not faces
