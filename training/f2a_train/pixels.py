"""Batches of torch as images."""

from torch import Tensor

from f2a_faces.images import Pixels


def to_images(faces: Tensor) -> Pixels:
    """A batch of faces, uint8 (N, 3, S, S), as images (N, S, S, 3)."""
    images: Pixels = faces.permute(0, 2, 3, 1).cpu().numpy()
    return images
