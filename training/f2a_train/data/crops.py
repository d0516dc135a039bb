"""Read the crops of a manifest."""

import numpy as np

from f2a_faces.images import Pixels, decode
from f2a_manifests import FatalError, Record, Unusable, Workspace


def read_crop(workspace: Workspace, row: Record) -> Pixels:
    """One crop: uint8, height x width x 3.

    Raises:
        FatalError: it is missing, broken, or changed since the manifest was written.
    """
    if not row.path:
        raise FatalError(f"the face {row.id} has not been cropped yet: run f2a-data crop")
    try:
        return np.array(decode(workspace.intact_file(row)).pixels)
    except Unusable as error:
        raise FatalError(f"{workspace.root / row.path}: {error} (row {row.id})") from None
