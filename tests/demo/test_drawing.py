"""The drawn illustrations: repeatable, varied, with boxes that fit and that a real detector confirms."""

import itertools
from dataclasses import replace

import imagehash
import numpy as np
import pytest
from PIL import Image

from f2a_demo.drawing import (
    Expression,
    Figure,
    Illustration,
    Look,
    Pose,
    Scene,
    Transform,
    draw,
    draw_faceless,
    gallery,
    render,
)
from f2a_manifests import Box

SMALLEST = 48  # pixels: narrower faces are not asked of the detector
LOOK = Look("blue", "green", "light", "navy", "red", "choppy", "long", "sailor", 2.0, 1.1)
PLACE = Transform(x=200, y=180, scale=70)


@pytest.fixture(scope="module")
def pictures() -> list[Illustration]:
    return list(gallery(45, seed=4))


def figure(**changes: object) -> Figure:
    return replace(Figure(LOOK, Expression(), Pose(), PLACE), **changes)


def on_white(picture: Illustration) -> Image.Image:
    image = Image.fromarray(picture.pixels).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white.convert("RGB")


def phash(picture: Illustration, *, flipped: bool = False) -> imagehash.ImageHash:
    image = on_white(picture)
    return imagehash.phash(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flipped else image)


def detected(picture: Illustration) -> list[Box]:
    image = on_white(picture)
    scale = max(1.0, max(image.size) / 800)
    small = image.resize((round(image.width / scale), round(image.height / scale)))
    import animeface  # noqa: PLC0415 -- an extra

    found = [face.face.pos for face in animeface.detect(small) if face.likelihood > 0.3]
    return [Box(*(round(v * scale) for v in (f.x, f.y, f.width, f.height))) for f in found]


def test_a_seed_always_draws_the_same() -> None:
    first, again = draw(11, people=2), draw(11, people=2)
    assert np.array_equal(first.pixels, again.pixels)
    assert (first.boxes, first.tags) == (again.boxes, again.tags)


def test_a_gallery_begins_the_same_however_long_it_is(pictures: list[Illustration]) -> None:
    for short, long in zip(gallery(5, seed=4), pictures, strict=False):
        assert np.array_equal(short.pixels, long.pixels)
        assert short[1:] == long[1:]


def test_seeds_differ() -> None:
    hashes = [phash(draw(seed)) for seed in range(12)]
    assert min(a - b for a, b in itertools.combinations(hashes, 2)) > 8


def test_pictures_are_as_large_as_on_a_booru(pictures: list[Illustration]) -> None:
    for picture in (p for p in pictures if p.variant_of is None):
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.shape[2] in (3, 4)
        assert 600 <= max(picture.pixels.shape[:2]) <= 1600


def test_boxes_lie_inside_their_picture(pictures: list[Illustration]) -> None:
    for picture in pictures:
        height, width = picture.pixels.shape[:2]
        for box in picture.boxes:
            assert min(box) >= 0
            assert min(box.w, box.h) > 10
            assert box.x + box.w <= width
            assert box.y + box.h <= height


def test_the_gallery_is_a_realistic_mix(pictures: list[Illustration]) -> None:
    tags = {tag for picture in pictures for tag in picture.tags}
    assert {"1girl", "2girls", "no_humans", "monochrome", "smile", "closed_eyes", "glasses"} <= tags
    assert len([tag for tag in tags if tag.endswith("_hair")]) > 10
    assert {len(p.boxes) for p in pictures} >= {0, 1, 2, 3}
    assert {p.rating for p in pictures} == {"g", "s"}
    assert {p.pixels.shape[2] for p in pictures} == {3, 4}
    widths = [box.w for picture in pictures for box in picture.boxes]
    assert max(widths) > 4 * min(widths)


def test_near_copies_are_named_and_near(pictures: list[Illustration]) -> None:
    copies = [picture for picture in pictures if picture.variant_of is not None]
    assert 3 <= len(copies) <= 20
    for copy in copies:
        parent = pictures[copy.variant_of]
        assert parent.variant_of is None
        assert len(copy.boxes) == len(parent.boxes)
        assert copy.rating == parent.rating
        hashed = phash(parent)
        assert min(hashed - phash(copy), hashed - phash(copy, flipped=True)) <= 14
        same = copy.pixels.shape == parent.pixels.shape and np.array_equal(copy.pixels, parent.pixels)
        assert not same


@pytest.mark.animeface
def test_pictures_without_a_face_have_no_box_and_few_false_alarms() -> None:
    faceless = [draw_faceless(seed) for seed in range(14)]
    assert all(picture.boxes == () for picture in faceless)
    assert sum(bool(detected(picture)) for picture in faceless) < 0.2 * len(faceless)


@pytest.mark.animeface
def test_a_real_detector_finds_most_faces_where_the_boxes_are(pictures: list[Illustration]) -> None:
    faces, found = 0, 0
    for picture in pictures[:30]:
        seen = detected(picture)
        wanted = [box for box in picture.boxes if box.w >= SMALLEST]
        faces += len(wanted)
        found += sum(any(box.overlap(other) > 0.3 for other in seen) for box in wanted)
    assert faces > 30
    assert found / faces >= 0.75


def test_what_changes_with_the_expression_lies_inside_the_box() -> None:
    pose = Pose(tilt=12, turn=0.6)
    calm = Scene(400, 500, "white", (figure(pose=pose),))
    sad = Expression(left_eye="closed", right_eye="half", mouth="sad", brows=-1)
    upset = replace(calm, figures=(figure(pose=pose, expression=sad),))
    rows, columns = np.nonzero((render(calm).pixels != render(upset).pixels).any(axis=2))
    (box,) = calm.boxes
    assert box.x <= columns.min() < columns.max() < box.x + box.w
    assert box.y <= rows.min() < rows.max() < box.y + box.h
    assert columns.max() - columns.min() > box.w / 2


def test_a_box_is_as_wide_as_the_face_and_ends_at_the_chin() -> None:
    (box,) = Scene(400, 500, "white", (figure(),)).boxes
    assert box.w == pytest.approx(2 * PLACE.scale, abs=2)
    assert box.y + box.h == pytest.approx(PLACE.y + 1.15 * PLACE.scale, abs=2)


def test_a_box_moves_and_grows_with_its_figure() -> None:
    here = figure().box(2000, 2000)
    there = figure(place=replace(PLACE, x=PLACE.x + 40, y=PLACE.y + 60)).box(2000, 2000)
    twice = figure(place=replace(PLACE, scale=2 * PLACE.scale)).box(2000, 2000)
    assert there == here._replace(x=here.x + 40, y=here.y + 60)
    assert twice.w == pytest.approx(2 * here.w, abs=2)


def test_a_mirrored_figure_has_a_mirrored_box() -> None:
    pose = Pose(tilt=15, turn=0.8)
    plain, mirrored = (figure(pose=pose, place=replace(PLACE, mirror=m)).box(400, 500) for m in (False, True))
    assert mirrored.x == pytest.approx(2 * PLACE.x - plain.x - plain.w, abs=1)
    assert mirrored[1:] == plain[1:]


@pytest.mark.parametrize("inner", [Transform(3, -2, 2, 30), Transform(1, 5, 0.5, -70, mirror=True)])
@pytest.mark.parametrize("outer", [Transform(-4, 7, 3, 10), Transform(2, 2, 1, 120, mirror=True)])
def test_frames_inside_frames(outer: Transform, inner: Transform) -> None:
    spots = np.array([[0.0, 0.0], [1.0, 0.0], [2.5, -3.0]])
    np.testing.assert_allclose(outer.then(inner).apply(spots), outer.apply(inner.apply(spots)), atol=1e-9)


@pytest.mark.parametrize("place", [replace(PLACE, x=-60), replace(PLACE, y=600)])
def test_a_face_mostly_outside_the_picture_has_no_box(place: Transform) -> None:
    assert Scene(400, 500, "white", (figure(place=place),)).boxes == ()


def test_a_face_partly_outside_keeps_the_part_inside() -> None:
    (box,) = Scene(400, 500, "white", (figure(place=replace(PLACE, x=30)),)).boxes
    assert box.x == 0
    assert box.w == pytest.approx(100, abs=2)


@pytest.mark.animeface
def test_a_head_from_behind_has_no_box() -> None:
    scene = Scene(400, 500, "white", (figure(pose=Pose(back=True)),))
    assert scene.boxes == ()
    assert "from_behind" in scene.tags
    assert detected(render(scene)) == []


def test_a_transparent_background_is_transparent() -> None:
    picture = render(Scene(400, 500, "transparent", (figure(),)))
    assert picture.pixels.shape == (500, 400, 4)
    assert picture.pixels[2, 2, 3] == 0
    assert picture.pixels[int(PLACE.y), int(PLACE.x), 3] == 255
    assert "transparent_background" in picture.tags


def test_line_art_has_no_colour() -> None:
    picture = render(Scene(400, 500, "tone", (figure(),), monochrome=True))
    assert (picture.pixels == picture.pixels[..., :1]).all()
    assert "monochrome" in picture.tags
    assert "blue_hair" not in picture.tags
