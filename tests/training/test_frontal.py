"""Which drawings are trained on."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import cv2
import numpy as np
import pytest
import torch

from f2a_faces.images import Pixels
from f2a_manifests import Domain, Workspace, write
from f2a_methods import from_preset
from f2a_train.data import frontal as module
from f2a_train.data.cache import FaceCache
from f2a_train.data.faces import Sampler, load_faces, to_bytes
from f2a_train.data.frontal import frontal
from f2a_train.engine.loop import Inputs
from f2a_train.engine.run import Run
from workspaces import kept_face

TURNED, STRAIGHT = 2, 6


def drawing(radius: int, number: int) -> Pixels:
    """Two discs for eyes, one of this radius and one of six."""
    face = np.full((64, 64, 3), (245, 215, 195 + number), np.uint8)
    for x, size in ((20, radius), (43, 6)):
        cv2.circle(face, (x, 27), size, (30, 60, 160), -1, cv2.LINE_AA)
    return face


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight drawings, every other one turned; of which three may be the fewest."""
    monkeypatch.setattr(module, "FEWEST", 3)
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    radii = [TURNED, STRAIGHT] * 4
    faces = [drawing(radius, number) for number, radius in enumerate(radii)]
    rows = [kept_face(workspace, face, Domain.ANIME, "train") for face in faces]
    write(workspace.faces_csv(Domain.ANIME), rows)
    return workspace.faces_csv(Domain.ANIME)


def test_those_that_look_straight_ahead_are_chosen(manifest: Path) -> None:
    faces = frontal(manifest, load_faces(manifest, Domain.ANIME), 0.5)
    assert faces.chosen is not None
    assert faces.chosen.tolist() == [
        place
        for place, face in enumerate(faces.pixels)
        if torch.equal(face[0, 23, 16:25], face[0, 23, 39:48].flip(-1))
    ]
    assert faces.count == 4


def test_few_drawings_are_all_used(manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEWEST", 8)
    assert frontal(manifest, load_faces(manifest, Domain.ANIME), 0.1).chosen is None


def test_a_share_of_one_uses_all(manifest: Path) -> None:
    assert frontal(manifest, load_faces(manifest, Domain.ANIME), 1).chosen is None


@pytest.mark.parametrize("content", [None, b"", b"\x93NUMPY junk"])
def test_eyes_are_compared_once_and_again_where_the_file_is_damaged(
    manifest: Path, content: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = load_faces(manifest, Domain.ANIME)
    first = frontal(manifest, faces, 0.5).chosen
    file = FaceCache.of(manifest, Domain.ANIME, "").eyes
    assert file.exists()
    if content is None:
        monkeypatch.delattr(module, "_measured")  # so that it cannot be called
    else:
        file.write_bytes(content)
    again = frontal(manifest, faces, 0.5).chosen
    assert first is not None
    assert again is not None
    assert again.tolist() == first.tolist()


def test_the_sampler_draws_only_what_is_chosen() -> None:
    chosen = np.array([1, 5, 6])
    sampler = Sampler(8, 2, (0, 1), chosen)
    seen = [place for step in range(3) for place in sampler.indices(step)]
    assert sorted(seen) == sorted(2 * chosen.tolist())


def test_before_that_step_the_sampler_draws_all() -> None:
    sampler = Sampler(8, 2, (0, 1), np.array([1, 5, 6]), chosen_from=4)
    early = [place for step in range(4) for place in sampler.indices(step)]
    assert sorted(early) == list(range(8))
    assert {place for step in range(4, 9) for place in sampler.indices(step)} == {1, 5, 6}


def test_a_run_begins_with_all_drawings(manifest: Path) -> None:
    photos = load_faces(manifest, Domain.ANIME)
    drawings = frontal(manifest, photos, 0.5)
    config = from_preset("projected", batch_size=4, frontal_from=2)
    run = cast("Run", SimpleNamespace(config=config, device=torch.device("cpu")))
    batches = Inputs((manifest, manifest), "", (photos, drawings)).batches(run)

    def seen(*steps: int) -> set[int]:
        faces = [face for step in steps for face in to_bytes(batches(step)[1])]
        return {
            place
            for place, known in enumerate(drawings.pixels)
            if any(torch.equal(face, known) or torch.equal(face.flip(-1), known) for face in faces)
        }

    assert drawings.chosen is not None
    assert seen(0, 1) == set(range(8))
    assert seen(2, 3) == set(drawings.chosen.tolist())


def test_the_log_says_how_many(manifest: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        frontal(manifest, load_faces(manifest, Domain.ANIME), 0.5)
    assert "4 of 8 drawings are frontal" in caplog.text
