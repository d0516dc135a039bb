"""Faces as vectors, with the shipped network."""

import hashlib

import numpy as np
from skimage.data import astronaut

from drawn_faces import drawn_faces
from f2a_faces.encoder import SHIPPED, embed, encode, version

HUMAN = astronaut()[:200, 124:324]  # the face and what is around it


def test_each_face_has_its_vector_whatever_stands_beside_it() -> None:
    faces = drawn_faces(0, 40)  # more than a batch
    together = embed(faces)
    assert together.shape == (40, 256)
    assert together.dtype == np.float32
    alone = np.concatenate([embed(faces[n : n + 1]) for n in (0, 31, 32, 39)])
    np.testing.assert_allclose(together[[0, 31, 32, 39]], alone, atol=1e-4)
    assert np.linalg.norm(together[0] - together[1]) > 100 * np.linalg.norm(together[0] - alone[0])


def test_faces_of_any_size_and_none_at_all() -> None:
    assert embed(HUMAN[None]).shape == (1, 256)
    none = encode(np.zeros((0, 64, 64, 3), np.uint8))
    assert (none.features.shape, none.anime.shape) == ((0, 256), (0,))


def test_the_score_is_for_anime_faces() -> None:
    assert np.mean(encode(drawn_faces(0, 40)).anime > 0.5) > 0.8
    assert encode(HUMAN[None]).anime[0] < 0.5
    assert encode(np.full((1, 64, 64, 3), 127, np.uint8)).anime[0] < 0.5


def test_the_version_names_size_and_file() -> None:
    assert version() == f"f2a-128-{hashlib.sha256(SHIPPED.read_bytes()).hexdigest()}"
