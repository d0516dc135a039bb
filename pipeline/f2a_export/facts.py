"""The metadata of an exported face, typed, for formats that include it."""

from f2a_export.item import Item
from f2a_manifests.decisions import box_of

TEXTS = ("id", "domain", "source", "source_id", "source_url", "rating", "artist", "tags", "detector")
INTEGERS = ("box_x", "box_y", "box_w", "box_h")
FLOATS = ("score",)

Facts = dict[str, str | int | float | None]


def facts_of(item: Item) -> Facts:
    """One value per name of `TEXTS`, `INTEGERS` and `FLOATS`; the box is in pixels of the source image."""
    face, image = item.row, item.image
    texts = {name: str(getattr(image if name in ("artist", "tags") else face, name)) for name in TEXTS}
    box = dict(zip(INTEGERS, box_of(face), strict=True))
    return {**texts, **box, "score": face.score}
