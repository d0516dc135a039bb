"""What other tools write, made here as they write it, and what hostile hands would."""

import base64
import io
import json
import os
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from exports import Bring
from f2a_import.found import Rectangle, tags_in
from f2a_manifests import Box, FatalError, Reason, Status, Unit


def _picture(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (100, 80), (number * 40 % 256, 9, 9)).save(buffer, "PNG")
    return buffer.getvalue()


def _write(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def _tar(path: Path, files: dict[str, bytes | str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            raw = data if isinstance(data, bytes) else data.encode()
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return path


def _by_name(units: list[Unit]) -> dict[str, Unit]:
    return {unit.image.source_id: unit for unit in units}


FACTS = {"url": "https://example.org/1.png", "key": "000000000", "caption": "a girl", "status": "success"}


@pytest.mark.parametrize("form", ["files", "webdataset", "parquet"])
def test_img2dataset(form: str, tmp_path: Path, bring: Bring) -> None:
    files: dict[str, bytes | str] = {
        "000000000.jpg": _picture(0), "000000000.json": json.dumps(FACTS), "000000000.txt": "a girl",
    }  # fmt: skip
    place = tmp_path / "set"
    rows = [FACTS] if form != "parquet" else [{**FACTS, "jpg": _picture(0)}, {**FACTS, "jpg": None}]
    place.mkdir()
    pq.write_table(pa.Table.from_pylist(rows), place / "00000.parquet")
    if form == "files":
        _write(place / "00000", files)
    if form == "webdataset":
        _tar(place / "00000.tar", files)
    units = bring(place)
    assert units[0].image.kept
    assert units[0].image.source_url == FACTS["url"]
    failed = [unit.image for unit in units[1:]]
    assert [image.reason for image in failed] == [Reason.FILE_UNREADABLE] * (form == "parquet")


def test_waifuc_with_a_danbooru_post(tmp_path: Path, bring: Bring) -> None:
    meta = {
        "url": "https://cdn.example/full.png",
        "filename": "danbooru_7.png",
        "danbooru": {"id": 7, "rating": "s", "md5": "A" * 32, "tag_string_artist": "someone"},
        "tags": {"1girl": 1.0, "long hair": 0.9},
    }
    folder = _write(
        tmp_path / "set", {"danbooru_7.png": _picture(7), ".danbooru_7_meta.json": json.dumps(meta)}
    )
    image = bring(folder)[0].image
    assert (image.tags, image.rating, image.artist) == ("1girl long_hair", "s", "someone")
    assert (image.source_url, image.source_md5) == ("https://cdn.example/full.png", "a" * 32)


class _Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, (f"touch {self.path}",)


def test_pickles_in_waifucs_sidecars_are_never_read(tmp_path: Path, bring: Bring) -> None:
    bomb = base64.b64encode(pickle.dumps(_Bomb(tmp_path / "pwned"))).decode()
    meta = {
        "tags": {"__type": "os.system", "base64": bomb},
        "danbooru": {"__type": "x", "base64": bomb, "id": 1},
    }
    folder = _write(tmp_path / "set", {"a.png": _picture(1), ".a_meta.json": json.dumps(meta)})
    assert bring(folder)[0].image.kept
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "[1]", "\xff", '{"tags": 7, "rating": [], "url": {}}'])
def test_broken_sidecars_cost_no_image(text: str, tmp_path: Path, bring: Bring) -> None:
    folder = _write(tmp_path / "set", {"a.png": _picture(1), "a.json": text.encode("latin-1")})
    image = bring(folder)[0].image
    assert image.kept
    assert (image.tags, image.source_url, image.rating) == ("", "", "")


def test_objects_of_an_image_folder_are_faces(tmp_path: Path, bring: Bring) -> None:
    lines = [
        {"file_name": "a.png", "objects": {"bbox": [[10, 10, 20, 20]], "categories": [0]}},
        {"file_name": "b.png", "objects": {"bbox": []}},
        {"file_name": "c.png"},
        {"file_name": "gone.png"},
        {"file_name": "../../../etc/passwd"},
    ]
    files: dict[str, bytes | str] = {f"train/{name}.png": _picture(ord(name)) for name in "abcd"}
    files["train/metadata.jsonl"] = "\n".join(map(json.dumps, lines))
    units = _by_name(bring(_write(tmp_path / "set", files)))
    assert [face.box for face in units["train/a.png"].faces] == [Box(10, 10, 20, 20)]
    assert units["train/b.png"].image.reason is Reason.NO_FACE
    assert units["train/c.png"].image.kept
    assert units["train/d.png"].image.kept
    gone = [unit.image for unit in units.values() if unit.image.status is Status.ERROR]
    assert [image.reason for image in gone] == [Reason.FILE_UNREADABLE] * 2
    assert all(unit.image.source_split == "train" for name, unit in units.items() if name.startswith("train"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"name,tags\na.png,1girl\n", "has no file_name, but name, tags"),
        (b"file_name;tags\na.png;1girl\n", "has no file_name, but file_name;tags"),
        (b"file_name,tags\n,1girl\n", "has no file_name"),
        ("file_name,tags\na.png,\u00e9t\u00e9\n".encode("latin-1"), r"cannot read metadata\.csv"),
        ("file_name,tags\na.png,1girl\n".encode("utf-16"), r"cannot read metadata\.csv"),
    ],
)
def test_a_table_that_names_no_images_is_named(data: bytes, says: str, tmp_path: Path, bring: Bring) -> None:
    folder = _write(tmp_path / "set", {"metadata.csv": data, "a.png": _picture(1)})
    with pytest.raises(FatalError, match=says):
        bring(folder)


def _coco(folder: Path, categories: list[str], boxes: list[list[float]]) -> Path:
    content = {
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
        "categories": [{"id": number, "name": name} for number, name in enumerate(categories)],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": 0, "bbox": box} for n, box in enumerate(boxes)
        ],
    }
    pictures: dict[str, bytes | str] = {"val/a.png": _picture(1), "val/b.png": _picture(2)}
    return _write(folder, {**pictures, "annotations/instances_val.json": json.dumps(content)})


def test_coco_boxes_are_checked(tmp_path: Path, bring: Bring) -> None:
    boxes = [
        [10, 10, 20, 20],
        [10.2, 9.9, 20, 20.3],
        [500, 500, 9, 9],
        [0, 0, 0, 5],
        [1e300, 0, 5, 5],
        [1, 2],
    ]
    units = _by_name(bring(_coco(tmp_path / "set", ["head"], boxes)))
    found = {face.box: face.reason for face in units["val/a.png"].faces}
    assert found == {Box(10, 10, 20, 20): Reason.NONE, Box(500, 500, 9, 9): Reason.BOX_OUTSIDE}
    assert units["val/b.png"].image.reason is Reason.NO_FACE
    assert {unit.image.source_split for unit in units.values()} == {"val"}


def test_coco_asks_which_category_is_a_face(tmp_path: Path, bring: Bring) -> None:
    folder = _coco(tmp_path / "set", ["girl", "cat"], [[1, 1, 9, 9]])
    with pytest.raises(FatalError, match=r"--category which of these are faces: girl, cat"):
        bring(folder)
    assert bring(folder, category="girl")[0].faces


@pytest.mark.parametrize(
    "text", ["{}", "[]", "nonsense", '{"images": [{"id": [], "file_name": 1}]}', "[" * 10**6]
)
def test_a_file_that_is_not_coco_is_named(text: str, tmp_path: Path, bring: Bring) -> None:
    folder = _write(tmp_path / "set", {"annotations/a.json": text, "a.png": _picture(1)})
    with pytest.raises(FatalError, match=r"annotations/a\.json is not a file of COCO annotations"):
        bring(folder)


@pytest.mark.parametrize(
    "names", ["names: ['face', cat]", "names:\n  0: face\n  1: cat", "names:\n- face\n- cat", "path: x"]
)
def test_yolo_classes_are_read_in_every_spelling(names: str, tmp_path: Path, bring: Bring) -> None:
    files: dict[str, bytes | str] = {
        "data.yaml": names,
        "images/train/a.png": _picture(1),
        "labels/train/a.txt": "0 0.5 0.5 0.2 0.25\n0 0.1 0.1 0.2 0.1 0.2 0.2\n"
        + ("" if names == "path: x" else "1 .5 .5 .1 .1\n"),
        "images/train/b.png": _picture(2),
    }
    units = _by_name(bring(_write(tmp_path / "set", files)))
    boxes = [face.box for face in units["images/train/a.png"].faces]
    assert boxes == [Box(40, 30, 20, 20), Box(10, 8, 10, 8)]
    assert units["images/train/b.png"].image.reason is Reason.NO_FACE


def test_a_broken_yolo_label_is_named(tmp_path: Path, bring: Bring) -> None:
    files: dict[str, bytes | str] = {"images/a.png": _picture(1), "labels/a.txt": "0 0.5 0.5"}
    with pytest.raises(FatalError, match=r"labels/a\.txt is not a YOLO label"):
        bring(_write(tmp_path / "set", files))


def test_a_parquet_file_cannot_name_files_of_this_machine(tmp_path: Path, bring: Bring) -> None:
    rows = [{"image": {"bytes": None, "path": "/etc/passwd"}}, {"image": {"bytes": b"text", "path": "x"}}]
    (tmp_path / "set").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "set" / "a.parquet")
    reasons = [unit.image.reason for unit in bring(tmp_path / "set")]
    assert reasons == [Reason.FILE_UNREADABLE, Reason.UNKNOWN_FORMAT]


def test_a_broken_parquet_file_is_named(tmp_path: Path, bring: Bring) -> None:
    folder = _write(tmp_path / "set", {"a.parquet": b"PAR1 nonsense PAR1"})
    with pytest.raises(FatalError, match=r"a\.parquet is not an intact parquet file"):
        bring(folder)


def test_hostile_names_in_tars_are_error_rows(tmp_path: Path, bring: Bring) -> None:
    _tar(tmp_path / "set" / "a.tar", {"../../evil.png": _picture(1), "fine.png": _picture(2)})
    units = _by_name(bring(tmp_path / "set"))
    assert units["a.tar/../../evil.png"].image.reason is Reason.MEMBER_REFUSED
    assert units["a.tar/fine.png"].image.kept
    assert not list(tmp_path.rglob("evil.png"))


def test_a_folder_without_annotations_is_not_guessed_at(tmp_path: Path, bring: Bring) -> None:
    with pytest.raises(FatalError, match="no annotations were recognised"):
        bring(_write(tmp_path / "set", {"a.png": _picture(1)}))


def test_links_that_lead_out_are_not_followed(tmp_path: Path, bring: Bring) -> None:
    _tar(tmp_path / "private.tar", {"secret.png": _picture(1)})
    folder = _write(tmp_path / "set", {"a.png": _picture(2), "a.txt": "1girl, solo"})
    (folder / "b.tar").symlink_to(tmp_path / "private.tar")
    assert list(_by_name(bring(folder))) == ["a.png"]


@pytest.mark.parametrize(
    ("given", "tags"),
    [("1girl, long hair", "1girl long_hair"), ("1girl solo", "1girl solo"), (["a b", 3], "a_b 3"), (7, ""),
     ({"x": 1.0}, "x"), ("a,\x1b[2J,b", "a [2J b")],
)  # fmt: skip
def test_tags_are_read_as_tools_write_them(given: object, tags: str) -> None:
    assert tags_in(given) == tags


@pytest.mark.parametrize(
    "values", [(float("nan"), 0, 1, 1), (0, 0, -1, 5), (0, 0, float("inf"), 1), (1e9, 0, 1, 1)]
)
def test_what_is_no_rectangle_has_no_box(values: tuple[float, float, float, float]) -> None:
    assert Rectangle(*values).box(100, 100) is None
