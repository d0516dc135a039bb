"""Planted damage: each metric moves the right way, by the shipped encoder, on drawn and on real faces."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from drawn_faces import drawn_faces
from f2a_faces.images import Pixels, decode
from f2a_train.metrics import METRICS, WATCHED, Reference, Scores, measure

COUNT = 100
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
Damage = Callable[[Pixels, float], Pixels]


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
    return Reference.of(drawn_faces(0, COUNT), drawn_faces(2000, COUNT))


@pytest.fixture(scope="module")
def others() -> Pixels:
    return drawn_faces(1000, COUNT)


def values(scores: Scores, name: str) -> float:
    found = getattr(scores, name)
    assert found is not None
    return float(found.value)


@pytest.mark.parametrize(
    ("damage", "amounts", "rises", "falls"),
    [
        (blurred, (0.6, 1.2, 2.5, 5), ("kid_local", "two_sample"), ("coverage", "face_rate", "density")),
        (noisy, (8, 16, 32, 64), ("kid_local", "two_sample"), ("coverage", "face_score", "density")),
        (repeated, (50, 20, 5, 1), ("kid_local", "two_sample"), ("coverage", "diversity")),
        (few_colours, (0.5, 0.2, 0.05), ("kid_local", "two_sample"), ("coverage", "diversity")),
    ],
)
def test_damage_shows(
    reference: Reference,
    others: Pixels,
    damage: Damage,
    amounts: tuple[float, ...],
    rises: tuple[str, ...],
    falls: tuple[str, ...],
) -> None:
    damaged = [others, *(damage(others, amount) for amount in amounts)]
    found = [measure(faces, reference) for faces in damaged]
    for name, sign in [(name, 1) for name in rises] + [(name, -1) for name in falls]:
        course = [sign * values(scores, name) for scores in found]
        steps = np.diff(course)
        assert course[-1] > course[0] + 0.05, (name, course)
        assert (steps > -0.05).all(), (name, course)  # at the ends of its range a metric stands still


def test_other_faces_of_the_kind_are_at_the_floor(reference: Reference, others: Pixels) -> None:
    found = measure(others, reference, resamples=100)
    assert found.kid_local is not None
    assert found.kid_local.low is not None
    assert found.kid_local.high is not None
    assert found.kid_local.low < 0 < found.kid_local.high
    assert values(found, "coverage") > 0.9
    for name, floor in {"density": 1, "diversity": 1, "two_sample": 0.5, "nearer_training": 0.5}.items():
        assert values(found, name) == pytest.approx(floor, abs=0.25), name
    assert values(found, "exact_copies") == 0


def test_the_reals_themselves(reference: Reference) -> None:
    reals = drawn_faces(0, COUNT)
    found = measure(reals, reference, reals, reals)
    assert values(found, "kid_local") <= 0
    for name in ("coverage", "density", "diversity", "retrieval_edges", "retrieval_cycle"):
        assert values(found, name) == pytest.approx(1, abs=0.01), name
    assert values(found, "change") == values(found, "cycle_error") == 0


def test_memorised_faces_show(reference: Reference, others: Pixels) -> None:
    shares = []
    for copies in (0, 30, 60, COUNT):
        faces = np.concatenate([drawn_faces(2000, COUNT)[:copies, :, ::-1], others[copies:]])
        found = measure(faces, reference)
        assert values(found, "exact_copies") == pytest.approx(copies / COUNT)
        shares.append(values(found, "nearer_training"))
    assert shares == sorted(shares)
    assert shares[-1] > 0.95


def test_only_what_is_asked_for_and_can_be_told(reference: Reference, others: Pixels) -> None:
    cheap = measure(others[:16], reference, others[:16], metrics=WATCHED)
    assert {name for name in METRICS if getattr(cheap, name)} == set(WATCHED)
    unpaired = measure(others[:16], Reference.of(drawn_faces(0, 16)))
    unknown = {name for name in METRICS if getattr(unpaired, name) is None}
    pairings = {"retrieval_edges", "retrieval_cycle", "cycle_error", "change"}
    assert unknown == pairings | {"nearer_training", "exact_copies"}


def test_the_same_faces_give_the_same_numbers(reference: Reference, others: Pixels) -> None:
    assert measure(others, reference, resamples=20) == measure(others, reference, resamples=20)


def test_too_few_or_unpaired_faces_are_refused(reference: Reference, others: Pixels) -> None:
    with pytest.raises(ValueError, match="7 faces"):
        measure(others[:7], reference)
    with pytest.raises(ValueError, match="7 real faces"):
        Reference.of(others[:7])
    with pytest.raises(ValueError, match="differ in number"):
        measure(others[:16], reference, others[:15])


@pytest.mark.real_data
def test_damage_shows_on_real_faces() -> None:
    anime = _zipped("anime-faces/getchu64.zip", 600)
    reference, rest = Reference.of(anime[:200], anime[400:]), anime[200:400]
    course = [measure(faces, reference) for faces in (rest, *(blurred(rest, s) for s in (0.6, 1, 2, 4)))]
    distances = [values(scores, "kid_local") for scores in course]
    assert abs(distances[0]) < 0.15
    assert distances == sorted(distances)
    assert values(course[0], "face_rate") > 0.95
    lost = [measure(repeated(rest, n), reference) for n in (200, 100, 25, 5, 1)]
    for name in ("coverage", "diversity"):
        assert values(lost[-1], name) < 0.1
        assert values(lost[0], name) > 0.9
    assert values(lost[-1], "two_sample") > values(lost[2], "two_sample") > values(lost[0], "two_sample")
    humans = measure(_zipped("human-faces/celeba-crops128.zip", 200), reference)
    assert values(humans, "face_rate") < 0.05
    assert values(humans, "kid_local") > 100 * abs(distances[0])
    assert values(humans, "two_sample") > 0.95


def _zipped(name: str, count: int) -> Pixels:
    if not (SHARED / name).exists():
        pytest.skip(f"NO REAL DATA: {SHARED / name} is missing")
    with zipfile.ZipFile(SHARED / name) as archive:
        names = sorted(member for member in archive.namelist() if member.endswith(".jpg"))
        chosen = np.random.default_rng(0).permutation(len(names))[:count]
        faces = [decode(io.BytesIO(archive.read(names[n])).getvalue()).pixels for n in chosen]
    return np.stack([cv2.resize(face, (64, 64), interpolation=cv2.INTER_AREA) for face in faces])
