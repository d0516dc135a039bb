"""The hashes of crops are in the shards: `crop` puts them there, `dedup` reads them, manifests lack them."""

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from f2a_data.sources.folder import Folder
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_engine import runner, state
from f2a_engine.collect import collect
from f2a_faces.cuts import packed
from f2a_faces.images import decode
from f2a_manifests import COLUMNS, Domain, Reason, Workspace, parquet
from f2a_manifests.parquet import Facts
from f2a_manifests.shards import Layer

COUNT = 12


def picture(seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
    return Image.fromarray(pixels).resize((64, 64), Image.Resampling.BICUBIC)


@pytest.fixture
def cropped(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Different pictures, of one a copy, and a flat one, all cropped."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(COUNT):
        picture(seed).save(folder / f"{seed:02}.png")
    picture(0).save(folder / "copy.jpg", quality=80)
    Image.new("RGB", (64, 64), "red").save(folder / "flat.png")
    collect(Folder(folder, Domain.ANIME, whole=True), workspace)
    runner.run(Crop(), workspace)
    return workspace


def stored(workspace: Workspace) -> dict[str, bytes]:
    """What is stored of each crop, by its path."""
    found = {}
    for chain in state.snapshot(workspace).chains.values():
        _, faces = parquet.merged(workspace.shards, chain, ("id",), ("path", "cuts"))
        found |= dict(zip(faces["path"], faces.get("cuts", [b""] * len(faces["path"])), strict=True))
    return found


def strip(workspace: Workspace) -> None:
    """Make the shards those of a version that stored no hashes."""
    for layer in state.snapshot(workspace).layers["crop"].values():
        path, about = workspace.shards / layer.name, parquet.facts(workspace.shards, layer)
        table = pq.read_table(path).drop_columns(["cuts"])
        names = [name for name in about.faces if name != "cuts"]
        old = Facts(
            rows=about.rows, images=about.images, faces=names, identity=about.identity, counts=about.counts
        )
        columns = {name: table[name].to_pylist() for name in table.column_names}
        images = {name: cells[: about.rows] for name, cells in columns.items() if name not in names}
        faces = {name: columns[name][about.rows :] for name in names}
        parquet.write(workspace.shards, layer, old, images, faces, durable=False)
        path.touch()


def times(workspace: Workspace) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (workspace.root / "crops").rglob("*.png")}


def table(workspace: Workspace) -> bytes:
    return workspace.faces_csv(Domain.ANIME).read_bytes()


def test_crop_stores_what_follows_from_the_pixels(cropped: Workspace) -> None:
    found = stored(cropped)
    assert len(found) == COUNT + 2
    for path, cuts in found.items():
        assert cuts == packed(decode(cropped.root / path).pixels)
    assert sum(not any(cuts) for cuts in found.values()) == 1  # the flat one


def test_manifests_and_their_schemas_say_nothing_of_it(cropped: Workspace) -> None:
    rows = list(csv.reader(io.StringIO(table(cropped).decode())))
    assert tuple(rows[0]) == COLUMNS
    assert "cuts" not in COLUMNS
    assert '"cuts"' not in cropped.faces_csv(Domain.ANIME).with_suffix(".schema.json").read_text()


def test_dedup_reads_no_crops_but_those_of_candidates(cropped: Workspace) -> None:
    alike = {face.path for face in cropped.faces(Domain.ANIME) if face.source_id in ("00.png", "copy.jpg")}
    for path in stored(cropped).keys() - alike:
        (cropped.root / path).write_bytes(b"no picture")
    runner.run(Dedup(), cropped)
    dropped = [face.reason for face in cropped.faces(Domain.ANIME) if not face.kept]
    assert dropped == [Reason.NEAR_COPY]


def test_a_candidate_that_cannot_be_read_is_no_copy(cropped: Workspace) -> None:
    for path in stored(cropped):
        (cropped.root / path).unlink()
    runner.run(Dedup(), cropped)
    assert all(face.kept for face in cropped.faces(Domain.ANIME))


def test_a_workspace_without_hashes_gives_the_same(cropped: Workspace) -> None:
    runner.run(Dedup(), cropped)
    expected = table(cropped)
    strip(cropped)
    assert not any(stored(cropped).values())
    state.restart(cropped, "dedup", "test")
    runner.run(Dedup(), cropped)
    assert table(cropped) == expected


def test_crop_fills_in_what_is_missing_and_nothing_else_runs_again(cropped: Workspace) -> None:
    runner.run(Dedup(), cropped)
    expected, before, manifests = stored(cropped), times(cropped), table(cropped)
    strip(cropped)
    runner.run(Crop(), cropped)
    assert stored(cropped) == expected
    assert times(cropped) == before
    assert "dedup" in state.read(cropped)
    assert table(cropped) == manifests


def test_what_crop_has_filled_in_is_done(cropped: Workspace) -> None:
    strip(cropped)
    runner.run(Crop(), cropped)
    written = [(cropped.shards / layer.name).stat().st_mtime_ns for layer in layers(cropped)]
    runner.run(Crop(), cropped)
    assert [(cropped.shards / layer.name).stat().st_mtime_ns for layer in layers(cropped)] == written


def layers(workspace: Workspace) -> list[Layer]:
    return list(state.snapshot(workspace).layers["crop"].values())


def test_bytes_of_another_kind_count_as_missing(cropped: Workspace) -> None:
    for chain in state.snapshot(cropped).chains.values():
        path = cropped.shards / chain[-1].name
        columns = pq.read_table(path)
        position = columns.column_names.index("cuts")
        odd = [b"x" * (number % 5) for number in range(len(columns))]
        pq.write_table(columns.set_column(position, "cuts", [odd]), path)
    runner.run(Dedup(), cropped)
    dropped = [face.reason for face in cropped.faces(Domain.ANIME) if not face.kept]
    assert dropped == [Reason.NEAR_COPY]


def test_a_manifest_changed_by_hand_keeps_the_hashes_of_crops_that_did_not_change(
    cropped: Workspace,
) -> None:
    expected, path = stored(cropped), cropped.faces_csv(Domain.ANIME)
    path.write_bytes(path.read_bytes().replace(b"copy.jpg", b"other.jpg"))
    runner.run(Dedup(), cropped)
    assert b"other.jpg" in table(cropped)
    assert stored(cropped) == expected
