"""What the detector sees in each crop: computed once, kept, recomputed where it is damaged."""

from pathlib import Path

import numpy as np
import pytest
from reviewing import small

from f2a_faces.second_look import SIZE, look
from f2a_manifests import Domain, Workspace
from f2a_queue.looks import Looks
from f2a_queue.store import Store


@pytest.fixture
def looks(tmp_path: Path) -> Looks:
    return Looks(small(tmp_path / "w"), Domain.ANIME)


def test_every_crop_is_looked_at_once(looks: Looks) -> None:
    faces = looks.workspace.faces(Domain.ANIME)
    assert np.isnan(looks.known(faces)).all()
    count = len({face.sha256 for face in faces})
    assert list(looks.compute(faces)) == list(range(count - 1, -1, -1))
    assert looks.known(faces).shape == (len(faces), SIZE)
    assert not np.isnan(looks.known(faces)).any()
    assert list(looks.compute(faces)) == []


def test_what_was_computed_before_it_was_stopped_is_kept(looks: Looks) -> None:
    faces = looks.workspace.faces(Domain.ANIME)
    started = looks.compute(faces)
    left = next(started)
    started.close()
    assert len(list(looks.compute(faces))) == left


def test_damaged_files_are_recomputed_and_broken_crops_left_out(looks: Looks) -> None:
    faces = looks.workspace.faces(Domain.ANIME)
    list(looks.compute(faces))
    for file in looks.workspace.embeddings_cache.rglob("*.npy"):
        file.write_bytes(file.read_bytes()[:100])
    broken = next(face for face in faces if face.id == "face01")  # the others look the same
    looks.workspace.file(broken).write_bytes(b"not a picture")
    list(looks.compute(faces))
    assert [bool(np.isnan(row).any()) for row in looks.known(faces)] == [face is broken for face in faces]


def test_a_row_without_a_hash_is_no_crop(looks: Looks) -> None:
    faces = looks.workspace.faces(Domain.ANIME)
    faces[0].sha256 = "../../etc/passwd"
    list(looks.compute(faces))
    assert np.isnan(looks.known(faces)[0]).all()


def test_two_stores_of_one_folder_add_to_each_other(tmp_path: Path) -> None:
    first, second = Store(tmp_path / "s", 3), Store(tmp_path / "s", 3)
    first.add(["0a" * 32], [[1, 2, 3]])
    second.add(["0b" * 32, "0c" * 32], [[4, 5, 6], [7, 8, 9]])
    both = Store(tmp_path / "s", 3)
    taken = both.take(["0c" * 32, "ff" * 32, "0a" * 32])
    assert taken[[0, 2]].tolist() == [[7, 8, 9], [1, 2, 3]]
    assert np.isnan(taken[1]).all()
    assert list(Store(tmp_path / "s", 4).rows(["0a" * 32])) == [-1]


def test_plain_colour_is_no_face_wherever_the_crop_is_cut(tmp_path: Path) -> None:
    crop = np.full((70, 70, 3), 200, np.uint8)
    seen = look(crop, "anime")
    assert seen.shape == (SIZE,)
    assert seen[0] < 0  # less than an even chance
    assert Workspace(tmp_path).embeddings_cache == tmp_path / "cache" / "embeddings"
