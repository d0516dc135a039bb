import logging
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f2a_data.stages.split import Split
from f2a_manifests import Domain, FatalError, Reason, Record, Unit, Workspace
from f2a_manifests.options import build

WORKSPACE = Workspace(Path("unused"))
SEEDS = st.integers(0, 2**32 - 1)


def unit(
    name: str, faces: int = 1, group: str = "", domain: Domain = Domain.ANIME, official: str = ""
) -> Unit:
    image = Record(id=name, domain=domain, source="t", group=group)
    rows = [
        Record(id=f"{name}-{n}", domain=domain, source="t", parent=name, group=group, source_split=official)
        for n in range(faces)
    ]
    return Unit(image, rows)


def split(units: Sequence[Unit], stage: Split | None = None) -> dict[str, str]:
    for face in (face for one in units for face in one.faces):
        face.split = ""
    (stage or Split())(WORKSPACE, list(units))
    return {face.id: face.split for one in units for face in one.faces}


def tangled(seed: int, count: int) -> list[Unit]:
    """Images with groups, duplicate groups between them, and dropped faces."""
    generator = random.Random(seed)
    units = [
        unit(f"i{n}", generator.randrange(4), generator.choice(["", f"g{generator.randrange(count)}"]))
        for n in range(count)
    ]
    faces = [face for one in units for face in one.faces]
    for face in faces:
        if generator.random() < 0.3:
            other = generator.choice(faces)
            face.dup_group = other.dup_group = other.dup_group or other.id
            face.drop("dedup", Reason.NEAR_COPY)
    return units


def sides(units: list[Unit], name: str) -> dict[str, set[str]]:
    """For each value of a column, of all rows, the splits of the kept faces of the images that have it."""
    seen: dict[str, set[str]] = {}
    for one in units:
        splits = {face.split for face in one.faces if face.kept}
        for row in (one.image, *one.faces):
            seen.setdefault(getattr(row, name), set()).update(splits)
    seen.pop("", None)
    return seen


@settings(deadline=None)
@given(seed=SEEDS, count=st.integers(1, 40), half=st.booleans())
def test_nothing_is_ever_on_two_sides(seed: int, count: int, half: bool) -> None:  # noqa: FBT001
    units = tangled(seed, count)
    split(units, Split(val=0.25, test=0.25, seed=seed) if half else Split())
    for column in ("group", "parent", "dup_group"):
        assert all(len(found) <= 1 for found in sides(units, column).values()), column


@settings(deadline=None)
@given(seed=SEEDS, count=st.integers(0, 40))
def test_kept_faces_get_a_split_and_others_none(seed: int, count: int) -> None:
    units = tangled(seed, count)
    split(units)
    for face in (face for one in units for face in one.faces):
        assert (face.split in {"train", "val", "test"}) is face.kept
        assert face.kept or face.split == ""


@settings(deadline=None)
@given(seed=SEEDS, count=st.integers(0, 40))
def test_the_order_of_rows_does_not_matter(seed: int, count: int) -> None:
    forward, shuffled = tangled(seed, count), tangled(seed, count)
    random.Random(seed + 1).shuffle(shuffled)
    for one in shuffled:
        one.faces.reverse()
    assert split(forward) == split(shuffled)


@settings(deadline=None)
@given(seed=SEEDS, added=st.integers(0, 200))
def test_images_added_later_do_not_move_the_old_ones(seed: int, added: int) -> None:
    old = [unit(f"i{n}", 2, group=f"g{n // 2}") for n in range(400)]
    new = [
        unit(f"a{n}", 1, group=random.Random(seed + n).choice(["", "g1", "g2", "z"])) for n in range(added)
    ]
    stage = Split(seed=seed)
    before = split(old, stage)
    after = split([*new, *old], stage)
    assert {name: after[name] for name in before} == before


def test_the_shares_are_met_on_many_images() -> None:
    counts = Counter(split([unit(f"i{n}") for n in range(20_000)], Split(val=0.1, test=0.05)).values())
    assert counts["val"] == pytest.approx(2000, abs=150)
    assert counts["test"] == pytest.approx(1000, abs=120)


def test_another_seed_gives_another_split() -> None:
    units = [unit(f"i{n}") for n in range(500)]
    assert split(units, Split(seed=1)) != split(units, Split(seed=2))


@pytest.mark.parametrize("seed", range(20))
def test_twenty_faces_give_some_of_each(seed: int) -> None:
    counts = Counter(split([unit(f"i{n}") for n in range(20)], Split(seed=seed)).values())
    assert set(counts) == {"train", "val", "test"}
    assert counts["train"] >= 12


@pytest.mark.parametrize(("images", "expected"), [(1, {"train"}), (2, {"train", "test"})])
def test_with_fewer_images_than_splits_train_comes_first_then_test(images: int, expected: set[str]) -> None:
    for seed in range(50):
        stage = Split(val=0.3, test=0.3, seed=seed)
        assert len(set(split([unit(f"i{n}", 3) for n in range(images)], stage).values())) <= images
        assert "train" in split([unit(f"i{n}", 3) for n in range(images)], stage).values()
    assert set(split([unit(f"i{n}", 3) for n in range(images)]).values()) == expected


def test_a_split_that_nobody_wants_stays_empty() -> None:
    assert set(split([unit(f"i{n}") for n in range(20)], Split(val=0, test=0)).values()) == {"train"}


def test_a_small_set_does_not_give_its_largest_group_away() -> None:
    units = [unit(f"p{n}", 1, group="everyone") for n in range(50)] + [unit("a"), unit("b")]
    for seed in range(30):
        counts = Counter(split(units, Split(val=0.02, test=0.02, seed=seed)).values())
        assert set(counts) == {"train", "val", "test"}
    assert counts["train"] == 50


def test_a_dropped_copy_ties_its_post_to_the_post_of_the_copy_that_was_kept() -> None:
    for seed in range(200):
        posts = [unit("a", 2), unit("b", 2)]
        copy = posts[1].faces[0]
        copy.dup_group = posts[0].faces[0].dup_group = "a-0"
        copy.drop("dedup", Reason.NEAR_COPY)
        found = split([*posts, *(unit(f"i{n}") for n in range(10))], Split(val=0.3, test=0.3, seed=seed))
        assert found["a-0"] == found["a-1"] == found["b-1"]


def test_each_domain_is_split_by_itself() -> None:
    anime = [unit(f"a{n}") for n in range(50)]
    human = [unit(f"h{n}", domain=Domain.HUMAN) for n in range(50)]
    assert split([*anime, *human]) == {**split(anime), **split(human)}
    assert {face.split for one in human for face in one.faces} == {"train", "val", "test"}


def test_the_official_split_of_celeba_is_followed() -> None:
    units = [unit(f"c{n}", official=name) for n, name in enumerate(["train", "val", "test"] * 10)]
    assert split(units, Split(official=True)) == {
        face.id: face.source_split for one in units for face in one.faces
    }
    assert split(units) != split(units, Split(official=True))


def test_the_chosen_fold_of_fbp5500_tests_and_the_others_train() -> None:
    units = [unit(f"f{n}", official=str(n % 5 + 1)) for n in range(20)]
    found = split(units, Split(official=True, fold=3))
    assert {face.id for one in units for face in one.faces if found[face.id] == "test"} == {
        "f2-0", "f7-0", "f12-0", "f17-0",
    }  # fmt: skip
    assert set(found.values()) == {"train", "test"}


def test_a_group_across_official_splits_is_trained_on_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    units = [unit("a", 1, "p", official="test"), unit("b", 1, "p", official="train")]
    units += [
        unit("c", 1, "q", official="test"),
        unit("d", 1, "q", official="val"),
        unit("e", official="test"),
    ]
    with caplog.at_level(logging.WARNING):
        found = split(units, Split(official=True))
    assert found == {"a-0": "train", "b-0": "train", "c-0": "val", "d-0": "val", "e-0": "test"}
    assert "2 groups" in caplog.text


def test_faces_without_an_official_split_are_split_as_usual() -> None:
    own = [unit(f"c{n}", official="val") for n in range(5)]
    rest = [unit(f"i{n}") for n in range(30)]
    found = split([*own, *rest], Split(official=True))
    assert all(found[f"c{n}-0"] == "val" for n in range(5))
    assert {name: found[name] for name in split(rest)} == split(rest)


def test_an_unknown_official_split_stops_with_one_line() -> None:
    with pytest.raises(FatalError, match="'holdout'"):
        split([unit("a", official="holdout")], Split(official=True))


@pytest.mark.parametrize(
    "options", [{"val": -0.1}, {"test": 1.0}, {"val": 0.5, "test": 0.5}, {"val": float("nan")}, {"fold": 0}]
)
def test_impossible_options_stop_with_one_line(options: dict[str, float]) -> None:
    with pytest.raises(FatalError, match="split: "):
        build(Split, options, "split")
