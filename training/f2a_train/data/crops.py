"""Reading the crops that a manifest names."""

import hashlib

import numpy as np

from f2a_faces.images import ImageError, Pixels, decode
from f2a_manifests import FatalError, Record, Workspace


def read_crop(workspace: Workspace, row: Record) -> Pixels:
    """One crop: uint8, height x width x 3.

    Raises:
        FatalError: it is missing, broken, or changed since the manifest was written.
    """
    if not row.path:
        raise FatalError(f"the face {row.id} has not been cropped yet: run f2a-data crop")
    path = workspace.file(row)
    try:
        data = path.read_bytes()
        pixels = decode(data).pixels
    except OSError as error:
        raise FatalError(f"{path}: {error.strerror}; the manifest names it (row {row.id})") from None
    except ImageError as error:
        raise FatalError(f"{path}: {error} (row {row.id})") from None
    if row.sha256 and hashlib.sha256(data).hexdigest() != row.sha256:
        raise FatalError(
            f"{path} is not the crop that the manifest names (row {row.id}); see f2a-data verify"
        )
    return np.array(pixels)
