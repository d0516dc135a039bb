"""The kinds of sources that others can fetch again, and their terms."""

import re
from dataclasses import dataclass

from f2a_manifests import Record


@dataclass(frozen=True, slots=True)
class Origin:
    """A kind of source.

    Attributes:
        kind: its name in dataset.toml.
        source: what the column ``source`` may be.
        source_id: what the column ``source_id`` must be.
        home: its web page.
        terms: of use of its images.
    """

    kind: str
    source: re.Pattern[str]
    source_id: re.Pattern[str]
    home: str
    terms: str

    def owns(self, row: Record) -> bool:
        """Whether an image comes from such a source, according to its id."""
        return bool(
            self.source.fullmatch(row.source)
            and self.source_id.fullmatch(row.source_id)
            and row.id == f"{row.source}-{row.source_id.removesuffix('.jpg')}"
        )


POSTS = Origin(
    "posts",
    re.compile(r"[a-z0-9_]{1,40}"),
    re.compile(r"[1-9][0-9]{0,11}"),
    "",
    "Illustrations belong to their artists. Read the site's terms of service. Do not pass the images on.",
)
CELEBA = Origin(
    "celeba",
    re.compile("celeba"),
    re.compile(r"[0-9]{1,8}\.jpg"),
    "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    "For non-commercial research only. Do not redistribute, sell or publish the images or parts of them.",
)
FBP5500 = Origin(
    "fbp5500",
    re.compile("fbp5500"),
    re.compile(r"(CF|AF|CM|AM)[0-9]{1,5}\.jpg"),
    "https://github.com/HCIILAB/SCUT-FBP5500-Database-Release",
    "For academic research only. Do not pass the images on.",
)
LOCAL = Origin("local", re.compile(".*"), re.compile(".*"), "", "Images of the publisher's own. Ask them.")
_REBUILDABLE = (CELEBA, FBP5500, POSTS)


def origin_of(image: Record) -> Origin:
    """The kind of source of an image; `LOCAL` if nobody else can fetch it."""
    return next((origin for origin in _REBUILDABLE if origin.owns(image)), LOCAL)
