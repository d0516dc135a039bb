import random
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from f2a_data.stages import hamming
from f2a_data.stages.dedup import Dedup, representatives
from f2a_manifests import Domain, FatalError, Reason, Record, Status, Unit, Workspace

HASH = 0xE1C3_9A5B_0FF0_37D2
WORKSPACE = Workspace(Path("unused"))


def face(name: str, bits: int | None = HASH, size: int = 64, **columns: Any) -> Record:  # noqa: ANN401
    phash = "" if bits is None else f"{bits:016x}"
    box = {"box_x": 0, "box_y": 0, "box_w": size, "box_h": size}
    defaults = {"domain": Domain.ANIME, "parent": f"i-{name}", "sha256": f"sha-{name}", "phash": phash}
    return Record(id=name, source="t", **{**defaults, **box, **columns})


def dedup(faces: list[Record], stage: Dedup | None = None) -> dict[str, Record]:
    units = [Unit(Record(id=one.parent, domain=one.domain, source="t"), [one]) for one in faces]
    (stage or Dedup())(WORKSPACE, units)
    assert [unit.faces for unit in units] == [[one] for one in faces]  # rows never vanish
    return {one.id: one for one in faces}


def flipped(bits: int, count: int, start: int = 0) -> int:
    return bits ^ (((1 << count) - 1) << start)


def test_of_exact_copies_the_largest_face_stays() -> None:
    rows = dedup(
        [face("a", None, 40, sha256="x"), face("b", None, 96, sha256="x"), face("c", None, sha256="y")]
    )
    assert [row.kept for row in rows.values()] == [False, True, True]
    assert (rows["a"].reason, rows["a"].detail) == (Reason.EXACT_COPY, "of b")
    assert [row.dup_group for row in rows.values()] == ["b", "b", ""]


def test_a_near_copy_is_dropped_with_the_distance_and_what_was_worse() -> None:
    rows = dedup([face("a", HASH, 40), face("b", flipped(HASH, 3), 96)])
    assert rows["a"].status is Status.DROP
    assert (rows["a"].stage, rows["a"].dup_group, rows["b"].dup_group) == ("dedup", "b", "b")
    assert (rows["a"].reason, rows["a"].detail) == (
        Reason.NEAR_COPY,
        "distance 3, smaller face 40x40 px < 96x96 px",
    )


def test_among_faces_of_one_size_the_score_decides_and_then_the_id() -> None:
    rows = dedup([face("a", score=0.5), face("b", score=0.9), face("c")])
    assert rows["b"].kept
    assert "lower score 0.5 < 0.9" in rows["a"].detail
    assert "lower score none < 0.9" in rows["c"].detail
    assert dedup([face("b"), face("a")])["b"].detail == "distance 0, same size and score"


def test_the_radius_is_the_last_distance_that_counts() -> None:
    for bits, kept in ((4, False), (5, True)):
        assert dedup([face("a", size=96), face("b", flipped(HASH, bits))])["b"].kept is kept
    assert dedup([face("a"), face("b", flipped(HASH, 9))], Dedup(radius=9))["b"].kept is False


def test_a_chain_is_no_group() -> None:
    """B is near A, C near B, but C far from A: C stays."""
    rows = dedup([face("a", size=96), face("b", flipped(HASH, 4), 80), face("c", flipped(HASH, 8), 64)])
    assert [row.kept for row in rows.values()] == [True, False, True]
    assert rows["c"].dup_group == ""


def test_faces_of_one_image_that_look_alike_are_copies_too() -> None:
    faces = [face("a", size=96), face("b")]
    Dedup()(WORKSPACE, [Unit(Record(id="i", domain=Domain.ANIME, source="t"), faces)])
    assert [one.kept for one in faces] == [True, False]


def test_domains_are_never_compared() -> None:
    rows = dedup([face("a", sha256="x"), face("b", sha256="x", domain=Domain.HUMAN)])
    assert all(row.kept and not row.dup_group for row in rows.values())


def test_rows_that_are_out_already_stay_as_they_are() -> None:
    gone = face("a", size=96)
    gone.drop("crop", Reason.TOO_SMALL)
    rows = dedup([gone, face("b")])
    assert rows["b"].kept
    assert (gone.stage, gone.reason, gone.dup_group) == ("crop", Reason.TOO_SMALL, "")


def test_the_copies_of_a_near_copy_follow_it_into_its_group() -> None:
    rows = dedup(
        [face("a", size=96), face("b", flipped(HASH, 2), 80, sha256="x"), face("c", size=64, sha256="x")]
    )
    assert [row.dup_group for row in rows.values()] == ["a", "a", "a"]
    assert (rows["c"].reason, rows["c"].detail) == (Reason.EXACT_COPY, "of b")


@pytest.mark.parametrize("colour", ["white", "black", "red"])
def test_flat_crops_are_copies_only_when_their_bytes_are_equal(colour: str) -> None:
    flat = int(str(imagehash.phash(Image.new("RGB", (64, 64), colour))), 16)
    assert all(row.kept for row in dedup([face("a", flat), face("b", flat)]).values())
    assert not dedup([face("a", flat, sha256="x"), face("b", flat, sha256="x")])["b"].kept


@pytest.mark.parametrize("phash", ["12345", "g" * 16, "é" * 16, "0x12345678901234", "1" * 17])
def test_a_malformed_hash_is_an_error_with_a_reason(phash: str) -> None:
    row = dedup([face("a", phash=phash), face("b")])["a"]
    assert row.status is Status.ERROR
    assert (row.reason, "not 16 hex digits" in row.detail) == (Reason.BAD_ROW, True)


@pytest.mark.parametrize("radius", [-1, 16])
def test_a_radius_out_of_range_stops_with_one_line(radius: int) -> None:
    with pytest.raises(FatalError, match="radius"):
        Dedup(radius=radius)


def drawing(seed: int) -> Image.Image:
    generator = random.Random(seed)
    image = Image.new("RGB", (64, 64), (generator.randrange(256), 180, 220))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, w, h = (generator.randrange(5, 40) for _ in range(4))
        draw.ellipse((x, y, x + w, y + h), fill=tuple(generator.randrange(256) for _ in range(3)))
    return image


def hash_of(image: Image.Image) -> int:
    return int(str(imagehash.phash(image)), 16)


def test_most_mirrored_drawings_are_found_through_the_hash_alone() -> None:
    found = 0
    for seed in range(100):
        rows = dedup(
            [face("a", hash_of(drawing(seed)), 96), face("b", hash_of(ImageOps.mirror(drawing(seed))))]
        )
        found += not rows["b"].kept
        assert rows["b"].kept or rows["b"].reason is Reason.MIRRORED_COPY
    assert found >= 60


def test_mirrored_copies_are_kept_when_asked() -> None:
    mirrored = HASH ^ 0x5555_5555_5555_5555
    assert not dedup([face("a"), face("b", mirrored)])["b"].kept
    assert dedup([face("a"), face("b", mirrored)], Dedup(mirrored=False))["b"].kept


def test_different_drawings_stay_and_their_enlarged_copies_go() -> None:
    drawings = [drawing(seed) for seed in range(60)]
    small = [image.resize((48, 48), Image.Resampling.LANCZOS) for image in drawings]
    faces = [face(f"a{n}", hash_of(image), 96) for n, image in enumerate(drawings)]
    copies = [face(f"b{n}", hash_of(image), 48) for n, image in enumerate(small)]
    rows = dedup(faces + copies)
    assert all(rows[f"a{n}"].kept for n in range(60))
    assert all(rows[f"b{n}"].dup_group == f"a{n}" for n in range(60))


def near_faces(seed: int, count: int) -> list[Record]:
    generator = random.Random(seed)
    centres = [HASH, HASH ^ 0x5555_5555_5555_5555, 0x0F1E_2D3C_4B5A_6978]
    return [
        face(
            f"f{n}",
            flipped(generator.choice(centres), generator.randrange(9), generator.randrange(50)),
            generator.choice([40, 64, 96]),
            score=generator.choice([None, 0.5, 0.9]),
            sha256=f"sha{generator.randrange(count)}",
        )
        for n in range(count)
    ]


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 30), mirrored=st.booleans())
def test_the_order_of_rows_does_not_matter(seed: int, count: int, mirrored: bool) -> None:  # noqa: FBT001
    forward, shuffled = near_faces(seed, count), near_faces(seed, count)
    random.Random(seed + 1).shuffle(shuffled)
    stage = Dedup(mirrored=mirrored)
    assert dedup(forward, stage) == dedup(shuffled, stage)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 30))
def test_every_group_is_one_kept_face_and_faces_near_it(seed: int, count: int) -> None:
    rows = dedup(near_faces(seed, count), Dedup(mirrored=False))
    for row in rows.values():
        best = rows[row.dup_group or row.id]
        assert best.kept
        assert row.kept == (row is best)
        if not row.kept and row.reason is Reason.NEAR_COPY:
            assert (int(row.phash, 16) ^ int(best.phash, 16)).bit_count() <= 4
    kept = [row for row in rows.values() if row.kept]
    for one in kept:
        assert all(
            one is other or (int(one.phash, 16) ^ int(other.phash, 16)).bit_count() > 4 for other in kept
        )


def test_a_block_that_is_claimed_as_a_whole_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hamming, "_BLOCK", 500)
    near = [flipped(HASH, 1, start) for start in range(64)]
    hashes = np.array([HASH, *near * 20], dtype=np.uint64)
    assert representatives(hashes, 4, mirrored=True).tolist() == [0] * len(hashes)


def test_greedy_groups_of_many_hashes_are_those_of_the_definition() -> None:
    generator = np.random.default_rng(5)
    centres = generator.integers(0, 2**64, 300, dtype=np.uint64)
    bits = np.uint64(1) << generator.integers(0, 64, (3000, 3), dtype=np.uint64)
    hashes = generator.choice(centres, 3000) ^ np.bitwise_or.reduce(bits, axis=1)
    owners: list[int] = []
    for row, value in enumerate(hashes.tolist()):
        near = (best for best in dict.fromkeys(owners) if (value ^ int(hashes[best])).bit_count() <= 4)
        owners.append(min(near, default=row))
    assert representatives(hashes, 4).tolist() == owners
