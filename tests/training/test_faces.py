"""Loading the training faces, and the order in which training sees them."""

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from f2a_faces.images import decode, encode_png
from f2a_manifests import Domain, FatalError, Reason, Record, Status, Subset, read, write
from f2a_train.data.faces import Sampler, load_faces, to_bytes, to_floats
from f2a_train.experiments.plan import training_faces


def change(manifest: Path, edit: Callable[[list[Record]], None]) -> None:
    rows = read(manifest)
    edit(rows)
    write(manifest, rows)


def test_faces_are_the_kept_training_rows_in_manifest_order(make_workspace: Callable) -> None:
    manifest = make_workspace(train=4, val=2).human
    change(manifest, lambda rows: rows[1].drop("review", Reason.DROPPED_IN_REVIEW))
    faces = load_faces(manifest, Domain.HUMAN)
    kept = [row for row in read(manifest) if row.split == "train" and row.kept]
    expected = [decode(manifest.parent.parent / row.path).pixels for row in kept]
    assert faces.pixels.dtype == torch.uint8
    assert torch.equal(faces.pixels.permute(0, 2, 3, 1), torch.from_numpy(np.stack(expected)))
    assert (len(faces.probes), faces.size) == (2, 32)
    assert not any(torch.equal(probe, face) for probe in faces.probes for face in faces.pixels)


def test_without_a_split_all_kept_rows_train_and_that_is_said(
    make_workspace: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = make_workspace(train=3, val=2).anime

    def forget_split(rows: list[Record]) -> None:
        for row in rows:
            row.split = ""

    change(manifest, forget_split)
    with caplog.at_level(logging.WARNING):
        assert len(load_faces(manifest, Domain.ANIME).pixels) == 5
    assert "no split" in caplog.text


def test_a_face_that_stands_there_twice_is_refused(make_workspace: Callable) -> None:
    manifest = make_workspace(train=4, val=0).human
    lines = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join([*lines, lines[1]]))
    with pytest.raises(FatalError, match="appears twice"):
        load_faces(manifest, Domain.HUMAN)


def test_the_source_filter(make_workspace: Callable) -> None:
    manifest = make_workspace(train=4, val=0).human

    def two_sources(rows: list[Record]) -> None:
        for number, row in enumerate(rows):
            row.source = "celeba" if number < 3 else "fbp5500"

    change(manifest, two_sources)
    assert len(load_faces(manifest, Domain.HUMAN, "celeba").pixels) == 3
    with pytest.raises(FatalError, match="no face to train on"):
        load_faces(manifest, Domain.HUMAN, "elsewhere")


def test_a_source_without_a_split_is_used_whole_by_itself_and_experiments_count_likewise(
    make_workspace: Callable,
) -> None:
    manifest = make_workspace(train=4, val=2).human

    def split_one_source(rows: list[Record]) -> None:
        for row in rows[:3]:
            row.source, row.split = "fbp5500", Subset.NONE

    change(manifest, split_one_source)
    split = sum(row.split is Subset.TRAIN for row in read(manifest))
    assert 0 < split < 4
    for source, count in {"": split, "drawn": split, "fbp5500": 3}.items():
        assert len(load_faces(manifest, Domain.HUMAN, source).pixels) == count
        assert training_faces(manifest, Domain.HUMAN, source) == count


def test_the_crop_rule_is_the_most_frequent(make_workspace: Callable) -> None:
    manifest = make_workspace(train=3, val=0).human
    change(manifest, lambda rows: setattr(rows[0], "crop_rule", "odd"))
    assert load_faces(manifest, Domain.HUMAN).crop_rule == read(manifest)[1].crop_rule


def damage_missing(path: Path) -> None:
    path.unlink()


def damage_broken(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def damage_changed(path: Path) -> None:
    path.write_bytes(encode_png(np.zeros((32, 32, 3), np.uint8)))


def damage_size(path: Path) -> None:
    path.write_bytes(encode_png(np.zeros((64, 32, 3), np.uint8)))


@pytest.mark.parametrize("damage", [damage_missing, damage_broken, damage_changed, damage_size])
def test_a_bad_crop_stops_with_its_name(make_workspace: Callable, damage: Callable[[Path], None]) -> None:
    manifest = make_workspace().human
    row = read(manifest)[2]
    damage(manifest.parent.parent / row.path)
    if damage is damage_size:
        change(manifest, lambda rows: setattr(rows[2], "sha256", ""))
    with pytest.raises(FatalError) as caught:
        load_faces(manifest, Domain.HUMAN)
    assert Path(row.path).name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rows_that_are_not_kept_need_no_file(make_workspace: Callable) -> None:
    manifest = make_workspace(train=4).human
    row = read(manifest)[0]
    (manifest.parent.parent / row.path).unlink()
    change(manifest, lambda rows: setattr(rows[0], "status", Status.ERROR))
    assert len(load_faces(manifest, Domain.HUMAN).pixels) == 3


def test_bytes_survive_the_way_to_floats_and_back() -> None:
    every = torch.arange(256, dtype=torch.uint8)
    floats = to_floats(every)
    assert (floats.min(), floats.max()) == (-1, 1)
    assert torch.equal(to_bytes(floats), every)


def test_every_face_is_seen_once_in_an_epoch_whatever_the_batch_size() -> None:
    sampler = Sampler(faces=7, batch_size=3, seed=(5, 0))
    seen = [index for step in range(7) for index in sampler.indices(step)]
    for epoch in range(3):
        assert sorted(seen[7 * epoch : 7 * epoch + 7]) == list(range(7))
    assert seen[:7] != seen[7:14]
    assert set(Counter(seen).values()) == {3}


def test_order_and_flips_depend_on_seed_domain_and_step_alone() -> None:
    pixels = torch.randint(0, 256, (9, 3, 8, 8), dtype=torch.uint8)
    sampler = Sampler(9, 4, (1, 0))
    forwards = [sampler.batch(pixels, step) for step in range(6)]
    torch.rand(100)
    backwards = [Sampler(9, 4, (1, 0)).batch(pixels, step) for step in reversed(range(6))]
    assert all(torch.equal(a, b) for a, b in zip(forwards, reversed(backwards), strict=True))
    for other in ((2, 0), (1, 1)):
        assert any(
            not torch.equal(Sampler(9, 4, other).batch(pixels, step), forwards[step]) for step in range(6)
        )


def test_about_half_of_the_faces_are_mirrored() -> None:
    pixels = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    pixels[..., 0] = 255
    sampler = Sampler(1, 400, (0, 0))
    mirrored = (sampler.batch(pixels, 0)[..., -1] == 255).all(dim=(1, 2))
    assert 160 < int(mirrored.sum()) < 240
