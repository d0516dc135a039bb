import hashlib
import io
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from f2a_data.stages import comparing
from f2a_data.stages.dedup import Dedup, copies_left_alone
from f2a_data.stages.split import Split
from f2a_manifests import Decision, Domain, FatalError, Reason, Record, Status, Unit, Workspace
from f2a_manifests.decisions import Decisions, Entry, FaceKey
from f2a_manifests.options import build

SIDE = 64
Make = Callable[..., Record]


@pytest.fixture
def face(workspace: Workspace) -> Make:
    """Makes a row, and its crop on disk."""

    def make(name: str, picture: Image.Image | None = None, size: int = SIDE, **columns: Any) -> Record:  # noqa: ANN401
        content = encoded(picture or drawing(0))
        path = workspace.root / f"{name}.png"
        path.write_bytes(content)
        own = {"domain": Domain.ANIME, "parent": f"i-{name}", "path": path.name}
        own |= {
            "sha256": hashlib.sha256(content).hexdigest(),
            "box_x": 0,
            "box_y": 0,
            "box_w": size,
            "box_h": size,
        }
        return Record(id=name, source="t", **{**own, **columns})

    return make


@pytest.fixture
def dedup(workspace: Workspace) -> Callable[..., dict[str, Record]]:
    """Runs the stage on some rows."""

    def run(faces: Sequence[Record], stage: Dedup | None = None) -> dict[str, Record]:
        units = [Unit(Record(id=one.parent, domain=one.domain, source="t"), [one]) for one in faces]
        (stage or Dedup())(workspace, units)
        assert [unit.faces for unit in units] == [[one] for one in faces]  # rows never vanish
        return {one.id: one for one in faces}

    return run


Run = Callable[..., dict[str, Record]]


def encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def drawing(seed: int, side: int = SIDE) -> Image.Image:
    """Something with a face's large shapes: hair, skin, two eyes, a mouth, and clutter around them."""
    chance = random.Random(seed)
    image = Image.new("RGB", (256, 256), colour(chance))
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        x, y, w, h = (chance.randrange(0, 200) for _ in range(4))
        draw.ellipse((x, y, x + w, y + h), fill=colour(chance))
    return image.resize((side, side), Image.Resampling.LANCZOS)


def colour(chance: random.Random) -> tuple[int, ...]:
    return tuple(chance.randrange(30, 220) for _ in range(3))


def jpeg(image: Image.Image, quality: int = 70) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def with_another_mouth(image: Image.Image) -> Image.Image:
    changed = image.copy()
    ImageDraw.Draw(changed).ellipse((26, 40, 38, 47), fill=(250, 250, 20), outline=(0, 0, 0))
    return changed


def test_of_exact_copies_the_largest_face_stays(face: Make, dedup: Run) -> None:
    rows = dedup([face("a", size=40), face("b", size=96), face("c", drawing(1))])
    assert [row.kept for row in rows.values()] == [False, True, True]
    assert (rows["a"].reason, rows["a"].detail) == (Reason.EXACT_COPY, "of b")
    assert [row.dup_group for row in rows.values()] == ["b", "b", ""]


def test_a_near_copy_is_dropped_with_what_differs_and_what_was_worse(face: Make, dedup: Run) -> None:
    rows = dedup([face("a", jpeg(drawing(0)), 40), face("b", drawing(0), 96)])
    assert (rows["a"].status, rows["a"].stage, rows["a"].reason) == (Status.DROP, "dedup", Reason.NEAR_COPY)
    assert rows["a"].detail.endswith("% differs, smaller face 40x40 px < 96x96 px")
    assert [row.dup_group for row in rows.values()] == ["b", "b"]


def test_among_faces_of_one_size_the_score_decides_and_then_the_id(face: Make, dedup: Run) -> None:
    pictures = [jpeg(drawing(0), quality) for quality in (90, 85, 80)]
    rows = dedup(
        [face("a", pictures[0], score=0.5), face("b", pictures[1], score=0.9), face("c", pictures[2])]
    )
    assert rows["b"].kept
    assert "lower score 0.5 < 0.9" in rows["a"].detail
    assert "lower score none < 0.9" in rows["c"].detail
    assert "same size and score" in dedup([face("b", pictures[1]), face("a", pictures[0])])["b"].detail


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG": jpeg,
    "halved": lambda image: image.resize((32, 32)).resize((SIDE, SIDE), Image.Resampling.BICUBIC),
    "closer": lambda image: image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=(0, 2, 61, 63)),
    "moved": lambda image: Image.fromarray(
        np.pad(np.asarray(image), ((0, 3), (3, 0), (0, 0)), "edge")[3:, :64]
    ),
    "mirrored": ImageOps.mirror,
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "grey": lambda image: image.convert("L").convert("RGB"),
}


@pytest.mark.parametrize("kind", COPIES)
def test_copies_of_each_kind_are_found(kind: str, face: Make, dedup: Run) -> None:
    originals = [face(f"a{seed}", drawing(seed), 96) for seed in range(20)]
    copies = [face(f"b{seed}", COPIES[kind](drawing(seed))) for seed in range(20)]
    rows = dedup(originals + copies)
    assert all(row.kept for row in originals)
    found = [rows[f"b{seed}"].dup_group == f"a{seed}" and not rows[f"b{seed}"].kept for seed in range(20)]
    assert sum(found) >= 18
    reasons = {row.reason for row in copies if not row.kept}
    assert reasons == {Reason.MIRRORED_COPY if kind == "mirrored" else Reason.NEAR_COPY}


def test_different_drawings_stay(face: Make, dedup: Run) -> None:
    rows = dedup([face(f"a{seed}", drawing(seed)) for seed in range(60)])
    assert all(row.kept and not row.dup_group for row in rows.values())


def test_a_variant_is_kept_in_the_group_of_the_better_face(face: Make, dedup: Run) -> None:
    rows = dedup([face("a", drawing(2), 96), face("b", with_another_mouth(drawing(2)))])
    assert all(row.kept for row in rows.values())
    assert [row.dup_group for row in rows.values()] == ["a", "a"]


def test_a_variant_is_dropped_when_asked(face: Make, dedup: Run) -> None:
    faces = [face("a", drawing(2), 96), face("b", with_another_mouth(drawing(2)))]
    rows = dedup(faces, Dedup(variants="drop"))
    assert (rows["b"].reason, rows["b"].dup_group) == (Reason.VARIANT, "a")
    assert "differs, smaller face" in rows["b"].detail


def test_a_copy_of_a_kept_variant_goes_to_it_and_all_are_in_one_split(
    face: Make, dedup: Run, workspace: Workspace
) -> None:
    variant = with_another_mouth(drawing(2))
    rows = dedup(
        [face("a", drawing(2), 96), face("b", variant, 80), face("c", jpeg(variant)), face("d", variant, 70)]
    )
    assert {name: (row.kept, row.dup_group) for name, row in rows.items()} == {
        "a": (True, "a"), "b": (True, "a"), "c": (False, "b"), "d": (False, "b"),
    }  # fmt: skip
    others = [face(f"o{seed}", drawing(seed)) for seed in range(3, 30)]
    every = [*rows.values(), *others]
    units = [Unit(Record(id=one.parent, domain=one.domain, source="t"), [one]) for one in every]
    for seed in range(5):
        Split(val=0.3, test=0.3, seed=seed)(workspace, units)
        assert rows["a"].split == rows["b"].split != ""


def test_copies_of_a_variant_that_the_review_drops_may_come_back(face: Make, dedup: Run) -> None:
    variant = with_another_mouth(drawing(2))
    rows = dedup([face("a", drawing(2), 96), face("b", variant, 80), face("c", jpeg(variant))])
    units = [Unit(Record(id=one.parent, domain=one.domain, source="t"), [one]) for one in rows.values()]
    assert copies_left_alone(units) == 0
    rows["b"].drop("review", Reason.DROPPED_IN_REVIEW)
    assert copies_left_alone(units) == 1


def said(workspace: Workspace, one: Record, **words: Sequence[Record]) -> None:
    """Log a word about copies, as the review does."""
    keys = {
        name: tuple(FaceKey(f"id:{other.parent}", other.box) for other in to) for name, to in words.items()
    }
    entry = Entry(id=one.id, source=f"id:{one.parent}", box=one.box, decision=Decision.KEEP, **keys)
    Decisions.load(workspace.decisions_log).append([entry])


def begun(rows: Sequence[Record]) -> Sequence[Record]:
    """As they were before the stage."""
    for row in rows:
        row.keep()
        row.dup_group = ""
    return rows


def test_the_face_that_the_review_chose_stays_for_all_of_its_group_every_time(
    face: Make, dedup: Run, workspace: Workspace
) -> None:
    faces = [
        face("a", size=96),
        face("b", jpeg(drawing(0)), 40),
        face("c", drawing(1)),
        face("d", drawing(9)),
    ]
    dedup(faces)
    workspace.create()
    said(workspace, faces[1], stands_for=[faces[0], faces[2]])
    for _ in range(2):
        rows = dedup(begun(faces))
        assert {name: (row.kept, row.dup_group) for name, row in rows.items()} == {
            "a": (False, "b"), "b": (True, "b"), "c": (False, "b"), "d": (True, ""),
        }  # fmt: skip
        assert (rows["c"].reason, rows["c"].detail) == (Reason.NEAR_COPY, "b was chosen in the review")
    faces.append(face("e", jpeg(drawing(0), 60), 120))  # found later
    rows = dedup(begun(faces))
    assert (rows["e"].dup_group, rows["e"].kept) == ("b", False)
    assert rows["e"].detail.endswith("the other was chosen in the review")
    said(workspace, faces[1])
    Decisions.load(workspace.decisions_log).append(
        [Entry(id="b", source="id:i-b", box=faces[1].box, decision=Decision.DROP)]
    )
    rows = dedup(begun(faces))
    assert [rows[name].kept for name in "abcde"] == [False, False, True, True, True]


def test_faces_that_the_review_told_apart_are_not_grouped_again_nor_are_their_exact_copies(
    face: Make, dedup: Run, workspace: Workspace
) -> None:
    pictures = [drawing(0), jpeg(drawing(0)), jpeg(drawing(0), 80)]
    faces = [
        face(name, picture, size) for name, picture, size in zip("abc", pictures, (96, 80, 64), strict=True)
    ]
    faces.append(face("d", pictures[1], 30))
    assert [row.kept for row in dedup(faces).values()] == [True, False, False, False]
    workspace.create()
    said(workspace, faces[1], apart_from=[faces[0], faces[2]])
    for _ in range(2):
        rows = dedup(begun(faces))
        assert {name: (row.kept, row.dup_group) for name, row in rows.items()} == {
            "a": (True, "a"), "b": (True, "b"), "c": (False, "a"), "d": (False, "b"),
        }  # fmt: skip
    said(workspace, faces[0], apart_from=[faces[2]])
    rows = dedup(begun(faces))
    assert [row.dup_group for row in rows.values()] == ["", "b", "", "b"]


def test_variants_that_the_review_told_apart_may_be_in_two_splits(
    face: Make, dedup: Run, workspace: Workspace
) -> None:
    faces = [face("a", drawing(2), 96), face("b", with_another_mouth(drawing(2)))]
    workspace.create()
    said(workspace, faces[0], apart_from=[faces[1]])
    assert [row.dup_group for row in dedup(faces).values()] == ["", ""]


def test_faces_of_one_image_that_look_alike_are_copies_too(face: Make, workspace: Workspace) -> None:
    faces = [face("a", size=96), face("b", jpeg(drawing(0)))]
    Dedup()(workspace, [Unit(Record(id="i", domain=Domain.ANIME, source="t"), faces)])
    assert [one.kept for one in faces] == [True, False]


def test_processes_compare_the_faces_of_large_sets_with_the_same_result(
    face: Make, dedup: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faces() -> list[Record]:
        pictures = {f"{seed}-{kind}": drawing(seed) for seed in range(3) for kind in "ab"}
        return [face(name, jpeg(one) if name[-1] == "b" else one) for name, one in pictures.items()]

    alone = dedup(faces())
    monkeypatch.setattr(comparing, "_MANY", 1)
    monkeypatch.setattr(comparing, "usable_cores", lambda: 2)
    monkeypatch.setattr(comparing.Comparer, "__call__", None)  # this process compares nothing
    assert dedup(faces()) == alone
    assert sum(not row.kept for row in alone.values()) == 3


def test_domains_are_never_compared(face: Make, dedup: Run) -> None:
    rows = dedup(
        [face("a"), face("b", domain=Domain.HUMAN), face("c", jpeg(drawing(0)), domain=Domain.HUMAN)]
    )
    assert [row.kept for row in rows.values()] == [True, True, False]
    assert not rows["a"].dup_group


def test_rows_that_are_out_already_stay_as_they_are(face: Make, dedup: Run) -> None:
    gone = face("a", size=96)
    gone.drop("crop", Reason.TOO_SMALL)
    rows = dedup([gone, face("b", jpeg(drawing(0)))])
    assert rows["b"].kept
    assert (gone.stage, gone.reason, gone.dup_group) == ("crop", Reason.TOO_SMALL, "")


def test_the_copies_of_a_near_copy_follow_it_into_its_group(face: Make, dedup: Run) -> None:
    near = jpeg(drawing(0))
    rows = dedup([face("a", size=96), face("b", near, 80), face("c", near, 64)])
    assert [row.dup_group for row in rows.values()] == ["a", "a", "a"]
    assert (rows["c"].reason, rows["c"].detail) == (Reason.EXACT_COPY, "of b")


@pytest.mark.parametrize("colour", ["white", "black", "red"])
def test_flat_crops_are_copies_only_when_their_bytes_are_equal(colour: str, face: Make, dedup: Run) -> None:
    flat = Image.new("RGB", (SIDE, SIDE), colour)
    other = flat.copy()
    other.putpixel((5, 5), (9, 9, 9))
    rows = dedup([face("a", flat), face("b", other), face("c", flat)])
    assert [row.kept for row in rows.values()] == [True, True, False]


def test_a_crop_that_cannot_be_read_is_left_to_clean(face: Make, dedup: Run, workspace: Workspace) -> None:
    rows = [face("a"), face("b", jpeg(drawing(0))), face("c", jpeg(drawing(0), 90))]
    (workspace.root / "a.png").unlink()
    (workspace.root / "b.png").write_bytes(b"no picture")
    assert all(row.kept for row in dedup(rows).values())


def test_crops_of_any_size_are_compared(face: Make, dedup: Run) -> None:
    rows = dedup(
        [face("a", drawing(0, 256), 256), face("b", drawing(0, 32), 32), face("c", drawing(0, 16), 16)]
    )
    assert [row.kept for row in rows.values()] == [True, False, False]


@pytest.mark.parametrize("radius", [-1, 16])
def test_a_radius_out_of_range_stops_with_one_line(radius: int) -> None:
    with pytest.raises(FatalError, match=r"dedup: radius is .*expected int"):
        build(Dedup, {"radius": radius}, "dedup")


def test_mirrored_copies_are_kept_when_asked(face: Make, dedup: Run) -> None:
    faces = [face("a"), face("b", ImageOps.mirror(drawing(0)))]
    assert dedup(faces, Dedup(mirrored=False))["b"].kept
    assert not dedup(faces)["b"].kept


def test_the_order_of_rows_does_not_matter(face: Make, dedup: Run) -> None:
    def faces() -> list[Record]:
        chance = random.Random(1)
        makes = list(COPIES.values())
        pictures = [chance.choice(makes)(drawing(seed)) for seed in range(6) for _ in range(5)]
        sizes = [chance.choice([40, 64, 96]) for _ in pictures]
        return [face(f"f{number}", *pair) for number, pair in enumerate(zip(pictures, sizes, strict=True))]

    forward, shuffled = faces(), faces()
    random.Random(2).shuffle(shuffled)
    assert dedup(forward) == dedup(shuffled)
    assert sum(row.kept for row in forward) < 12
    for row in forward:
        best = next(one for one in forward if one.id == (row.dup_group or row.id))
        assert best.kept
