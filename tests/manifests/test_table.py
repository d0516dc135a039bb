"""Manifests round-trip, are published atomically, and refuse what cannot be trusted."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from f2a_manifests import (
    COLUMNS,
    BoxFrom,
    Decision,
    Domain,
    Landmark,
    ManifestError,
    Reason,
    Record,
    Status,
    Subset,
    json_schema,
    read,
    write,
)

# Any text that UTF-8 can carry; NUL has no place in a CSV file.
text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
pixels = st.none() | st.integers(-5000, 50000)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0 ;"), min_size=1, max_size=8)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 5000).map(float)
ids = st.text("abcXYZ019-_", min_size=1, max_size=12)
records = st.builds(
    Record,
    id=ids,
    domain=st.sampled_from(Domain),
    source=text,
    source_id=text,
    reason=st.sampled_from(Reason),
    detail=text,
    tags=text,
    flags=st.lists(words, max_size=3).map(tuple),
    landmarks=st.lists(st.builds(Landmark, words, numbers, numbers), max_size=3).map(tuple),
    box_from=st.sampled_from(BoxFrom),
    crop_side=st.none() | numbers,
    split=st.sampled_from(Subset),
    path=st.sampled_from(["", "images/a b.png", "crops/ab/é.png"]),
    width=pixels,
    box_x=pixels,
    score=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    decision=st.sampled_from(Decision),
    status=st.sampled_from(Status),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(rows=st.lists(records, max_size=6, unique_by=lambda record: record.id))
def test_whatever_is_written_is_read_back(tmp_path: Path, rows: list[Record]) -> None:
    path = tmp_path / "anime.csv"
    write(path, rows)
    assert read(path) == rows


def test_the_bytes_of_a_manifest_are_fixed(tmp_path: Path) -> None:
    path = tmp_path / "anime.csv"
    write(path, [Record(id="danbooru-7", domain=Domain.ANIME, source="danbooru", width=640, score=0.5)])
    header, row = path.read_text().splitlines()
    assert header == (
        "id,domain,source,source_id,source_url,source_md5,rating,path,sha256,width,height,parent,"
        "box_x,box_y,box_w,box_h,box_from,detector,score,landmarks,crop_rule,crop_x,crop_y,crop_side,"
        "phash,dup_group,flags,decision,"
        "split,status,reason,detail,stage,group,source_split,artist,tags"
    )
    assert row == "danbooru-7,anime,danbooru,,,,,,,640,,,,,,,,,0.5,,,,,,,,,,,keep,,,,,,,"


def test_pandas_alone_reads_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "human.csv"
    write(path, [Record(id="a", domain=Domain.HUMAN, source="celeba", box_w=3)])
    assert pd.read_csv(path).loc[0, "box_w"] == 3


def test_a_schema_lies_beside_the_manifest_and_describes_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "anime.csv"
    write(path, [])
    schema = json.loads((tmp_path / "anime.schema.json").read_text())
    assert schema == json_schema()
    assert schema["required"] == list(COLUMNS)
    assert schema["properties"]["status"] == {"enum": ["keep", "drop", "error"]}
    assert schema["properties"]["box_x"] == {"type": ["integer", "null"]}


def _tampered(tmp_path: Path, column: str, value: str) -> Path:
    path = tmp_path / "anime.csv"
    write(
        path,
        [Record(id="a", domain=Domain.ANIME, source="x"), Record(id="b", domain=Domain.ANIME, source="x")],
    )
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[1][column] = value
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("path", "../../etc/passwd", "leaves the workspace"),
        ("path", "/etc/passwd", "leaves the workspace"),
        ("path", "C:\\x.png", "leaves the workspace"),
        ("path", "images/../../x", "leaves the workspace"),
        ("path", "x" * 1001, "too long"),
        ("id", "../x", "is not an id"),
        ("id", "a", "appears twice"),
        ("box_w", "1e9", "box_w"),
        ("width", "99999999999", "out of range"),
        ("score", "nan", "finite"),
        ("score", "high", "score"),
        ("status", "lost", "not one of"),
        ("reason", "because", "not one of"),
        ("split", "trained", "not one of"),
        ("box_from", "guessed", "not one of"),
        ("crop_side", "inf", "finite"),
        ("landmarks", "left_eye 1", "'name x y' joined by ';'"),
        ("landmarks", "left_eye inf 1", "'name x y'"),
        ("landmarks", "left_eye 1 1;", "'name x y'"),
        ("domain", "", "not one of"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(
    tmp_path: Path, column: str, value: str, complaint: str
) -> None:
    path = _tampered(tmp_path, column, value)
    with pytest.raises(ManifestError, match=complaint) as caught:
        read(path)
    assert "row 3" in str(caught.value)
    assert str(path) in str(caught.value)


def test_wrong_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "anime.csv"
    write(path, [])
    path.write_text(path.read_text().replace("phash", "hash"))
    with pytest.raises(ManifestError, match=r"missing columns \['phash'\], unknown columns \['hash'\]"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00junk", b'id,domain\n"open'])
def test_what_is_no_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "anime.csv"
    path.write_bytes(content)
    with pytest.raises(ManifestError, match=r"anime\.csv"):
        read(path)


def test_a_missing_manifest_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="run the stage that makes it"):
        read(tmp_path / "anime.csv")


def test_a_manifest_survives_a_plain_way_through_pandas(tmp_path: Path) -> None:
    path = tmp_path / "images.csv"
    rows = [
        Record(id="a-1", domain=Domain.HUMAN, source="p", width=850, height=600, score=0.5, box_x=3),
        Record(id="a-2", domain=Domain.HUMAN, source="p"),
    ]
    rows[1].fail("folder", Reason.BROKEN_IMAGE, "torn")
    write(path, rows)
    for how in ({"index": False}, {}, {"index": False, "encoding": "utf-8-sig"}):
        pd.read_csv(path).to_csv(path, **how)
        assert read(path) == rows


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_what_some_spreadsheets_separate_by_is_named(tmp_path: Path, mark: str, name: str) -> None:
    path = tmp_path / "images.csv"
    write(path, [Record(id="a-1", domain=Domain.HUMAN, source="p")])
    path.write_text(path.read_text().replace(",", mark))
    with pytest.raises(ManifestError, match=f"is separated by {name}; save it with commas"):
        read(path)
