"""Faces put into a workspace, as the pipeline would have left them."""

import hashlib

from f2a_faces.crop import rule
from f2a_faces.images import Pixels, encode_png
from f2a_manifests import BoxFrom, Domain, Record, Subset, Workspace


def kept_face(workspace: Workspace, face: Pixels, domain: Domain, split: str) -> Record:
    """Write a crop (uint8, S x S x 3) and give its row."""
    data = encode_png(face)
    digest = hashlib.sha256(data).hexdigest()
    (workspace.root / "crops" / f"{digest}.png").write_bytes(data)
    size = len(face)
    return Record(
        id=digest[:20],
        domain=domain,
        source="drawn",
        path=f"crops/{digest}.png",
        sha256=digest,
        width=size,
        height=size,
        parent="image",
        box_x=0,
        box_y=0,
        box_w=size,
        box_h=size,
        box_from=BoxFrom.WHOLE,
        crop_rule=str(rule("default", size)),
        split=Subset(split),
    )
