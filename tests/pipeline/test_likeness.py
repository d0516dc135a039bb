"""Two crops laid over each other: what is a copy, a variant, and neither; and the hashes of cuts."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f2a_faces.cuts import (
    INNER,
    MIRRORED,
    SIDE,
    WHOLE,
    WORDS,
    Hashes,
    cuts,
    details,
    hashes,
    packed,
    unlike,
)
from f2a_faces.images import Pixels
from f2a_faces.likeness import Likeness, compare

LARGE = 256


def picture(seed: int) -> Pixels:
    """Shapes with the contrast of a drawing: uint8 (256, 256, 3)."""
    generator = np.random.default_rng(seed)
    canvas = np.full((LARGE, LARGE, 3), generator.integers(40, 200, 3), np.uint8)
    for _ in range(16):
        centre, axes = generator.integers(0, LARGE, 2).tolist(), generator.integers(15, 90, 2).tolist()
        colour = generator.integers(30, 220, 3).tolist()
        cv2.ellipse(canvas, centre, axes, float(generator.uniform(0, 180)), 0, 360, colour, -1)
    return canvas


def cut(pixels: Pixels, x: float, y: float, side: float) -> Pixels:
    """A square, given in shares of the picture, as a crop."""
    scale = LARGE * side / SIDE
    place = np.array([[scale, 0, LARGE * x + scale / 2 - 0.5], [0, scale, LARGE * y + scale / 2 - 0.5]])
    smooth = cv2.GaussianBlur(pixels, (0, 0), scale / 3)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(smooth, place, (SIDE, SIDE), flags=flags), np.uint8)


def middle(seed: int) -> Pixels:
    return cut(picture(seed), 0.1, 0.1, 0.8)


def distance(one: Hashes, other: Hashes, which: int) -> int:
    return (int(one[which]) ^ int(other[which])).bit_count()


def known(crop: Pixels) -> Hashes:
    found = hashes(crop)
    assert found is not None
    return found


SEEDS = st.integers(0, 10_000)


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, x=st.floats(-0.03, 0.03), y=st.floats(-0.03, 0.03), scale=st.floats(0.95, 1.05))
def test_a_crop_cut_elsewhere_is_a_copy(seed: int, x: float, y: float, scale: float) -> None:
    side = 0.8 * scale
    other = cut(picture(seed), 0.5 - side / 2 + x, 0.5 - side / 2 + y, side)
    assert compare(middle(seed), other).likeness is Likeness.COPY


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, matrix=st.lists(st.floats(-0.3, 0.3), min_size=9, max_size=9), light=st.floats(0.8, 1.1))
def test_colours_that_all_changed_alike_make_no_difference(
    seed: int, matrix: list[float], light: float
) -> None:
    mix = light * (np.eye(3) + np.reshape(matrix, (3, 3))) / 1.3
    mixed = middle(seed) @ mix
    other = mixed.clip(0, 255).astype(np.uint8)
    greys = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).ravel() for one in (middle(seed), other)]
    told_apart = min(np.abs(np.linalg.det(mix)), other.std() / middle(seed).std())
    clipped = ((mixed < 0) | (mixed > 255)).any(2).mean()  # of what is clipped, details are lost
    if clipped < 0.02 and told_apart > 0.3 and np.corrcoef(greys)[0, 1] > 0.85:
        assert compare(middle(seed), other).likeness is Likeness.COPY


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, other=SEEDS)
def test_other_pictures_are_neither_copies_nor_variants(seed: int, other: int) -> None:
    expected = Likeness.COPY if seed == other else Likeness.OTHER
    assert compare(middle(seed), middle(other)).likeness is expected


def changed(seed: int, x: int, y: int, size: tuple[int, int]) -> Pixels:
    """Other colours in a small part."""
    crop, part = middle(seed), (slice(y, y + size[1]), slice(x, x + size[0]))
    crop[part] = (crop[part].astype(int) + 110) % 220
    return crop


def marked(seed: int, x: int, y: int) -> Pixels:
    """A half transparent bar."""
    crop, part = middle(seed), (slice(y, y + 4), slice(x, x + 16))
    crop[part] = crop[part] // 2 + 127
    return crop


def test_a_change_in_the_face_makes_a_variant() -> None:
    found = [
        compare(middle(seed), changed(seed, 22 + seed % 13, 24 + seed % 19, (8, 6))) for seed in range(40)
    ]
    assert sum(one.likeness is Likeness.VARIANT for one in found) >= 38


def test_a_mark_at_the_border_makes_no_variant() -> None:
    found = [compare(middle(seed), marked(seed, 2 + seed, (1, 57)[seed % 2])) for seed in range(40)]
    assert sum(one.likeness is Likeness.COPY for one in found) >= 35


def test_a_mirrored_copy_must_be_mirrored_first() -> None:
    mirrored = np.ascontiguousarray(middle(1)[:, ::-1])
    assert compare(middle(1), mirrored).likeness is Likeness.OTHER
    assert compare(middle(1), np.ascontiguousarray(mirrored[:, ::-1])) == compare(middle(1), middle(1))


@pytest.mark.parametrize("size", [16, 32, 128, 512])
def test_crops_of_any_size_are_compared(size: int) -> None:
    other = cv2.resize(middle(2), (size, size), interpolation=cv2.INTER_AREA)
    assert compare(middle(2), np.asarray(other)).likeness is Likeness.COPY
    assert distance(known(middle(2)), known(np.asarray(other)), WHOLE) <= 6


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, number=st.integers(INNER, len(cuts()) - 1))
def test_a_cut_is_near_to_the_inner_cut_of_a_crop_that_was_cut_there(seed: int, number: int) -> None:
    """What the hash of a cut is for: the other crop's inner cut shows the same."""
    place = cuts()[number]
    side = 0.8 * place.side / cuts()[INNER].side
    offset = 0.8 * cuts()[INNER].x * side / 0.8
    other = cut(picture(seed), 0.1 + 0.8 * place.x - offset, 0.1 + 0.8 * place.y - offset, side)
    assert (int(known(middle(seed))[number]) ^ int(known(other)[INNER])).bit_count() <= 4


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS)
def test_mirroring_flips_the_bits_of_odd_frequencies(seed: int) -> None:
    plain, mirrored = known(middle(seed)), known(np.ascontiguousarray(middle(seed)[:, ::-1]))
    for which in (WHOLE, INNER):
        assert (int(plain[which] ^ MIRRORED) ^ int(mirrored[which])).bit_count() <= 2


def test_the_hashes_of_a_picture_stay_as_they_are() -> None:
    assert [f"{value:016x}" for value in known(middle(3))[:3]] == [
        "2940e52589da1691", "284a6525db5615b1", "2b486d2bda15b5a4",
    ]  # fmt: skip


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_crop_has_no_hashes(level: int) -> None:
    assert hashes(np.full((SIDE, SIDE, 3), level, np.uint8)) is None
    gradient = np.repeat(np.linspace(100, 110, SIDE, dtype=np.uint8)[:, None], SIDE, 1)
    assert hashes(np.stack([gradient] * 3, 2)) is None


def jpeg(crop: Pixels) -> Pixels:
    done, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 60])
    assert done
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.parametrize("mirrored", [False, True])
def test_copies_are_never_unlike_and_other_pictures_are(mirrored: bool) -> None:  # noqa: FBT001
    copies = [jpeg(middle(seed)) for seed in range(40)]
    copies = [np.ascontiguousarray(copy[:, ::-1]) for copy in copies] if mirrored else copies
    stored = [details(copy, INNER + 1) for copy in copies]
    own = [details(middle(seed)) for seed in range(40)]
    assert not any(unlike(one, other, mirrored=mirrored) for one, other in zip(own, stored, strict=True))
    others = [unlike(one, other, mirrored=mirrored) for one, other in zip(own, stored[1:], strict=False)]
    assert np.mean(others) > 0.9


def test_a_copy_that_was_cut_closer_is_not_unlike() -> None:
    closer = [
        cv2.resize(middle(seed)[2:61, 2:61], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        for seed in range(40)
    ]
    found = [
        unlike(details(middle(seed)), details(np.asarray(crop, np.uint8), INNER + 1), mirrored=False)
        for seed, crop in enumerate(closer)
    ]
    assert np.mean(found) < 0.1


def test_what_is_stored_is_what_is_compared() -> None:
    crop = middle(0)
    words, expected = np.frombuffer(packed(crop), "<u8"), hashes(crop)
    assert expected is not None
    assert words.shape == (WORDS,)
    assert np.array_equal(words[: len(cuts())], expected)
    assert np.array_equal(words[len(cuts()) :], details(crop, INNER + 1).ravel())


def test_a_flat_crop_is_stored_as_zeros() -> None:
    assert packed(np.full((SIDE, SIDE, 3), 90, np.uint8)) == bytes(8 * WORDS)
