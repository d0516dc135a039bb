"""dataset.toml: what the published set is, where its images come from, and what it was made with."""

import re
from pathlib import Path
from typing import Any

import msgspec
import PIL
import tomli_w
from PIL import features

from f2a_manifests import ManifestError, first_line
from f2a_manifests.version import __version__

FORMAT = 1
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DECODERS = ("libjpeg_turbo", "webp", "avif", "jpg_2000", "libtiff", "littlecms2")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source and its terms. ``root`` is the address of a booru, empty if it is not public."""

    name: str
    kind: str
    images: int
    faces: int
    home: str = ""
    root: str = ""
    terms: str = ""


class Detector(msgspec.Struct, frozen=True, kw_only=True):
    """The name of a detector, which ends with a hash of its weights, and how many faces it found."""

    name: str
    faces: int


class Crop(msgspec.Struct, frozen=True, kw_only=True):
    """The crop rule, and the hash of what it makes of fixed images; see `f2a_publish.pixels.probe`."""

    rule: str
    size: int
    probe_sha256: str


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """What the crops were made with."""

    name: str
    version: str
    libraries: dict[str, str]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file.

    Attributes:
        date: of publication, YYYY-MM-DD.
        licence: an SPDX identifier; of the manifests, since the images have terms of their own.
        stages: those whose results are in the manifests.
    """

    format: int = FORMAT
    name: str
    version: str
    date: str
    description: str
    licence: str
    images: int
    faces: int
    kept: int
    stages: list[str] = []
    crop: Crop
    tool: Tool
    detectors: list[Detector]
    sources: list[Source]

    def text(self) -> str:
        """As TOML."""
        return tomli_w.dumps(msgspec.to_builtins(self))


def tool() -> Tool:
    """This installation."""
    found: dict[str, Any] = {name: features.version(name) for name in _DECODERS}
    libraries = {"pillow": PIL.__version__} | {name: str(value) for name, value in found.items() if value}
    return Tool(name="face2anime-toolkit", version=__version__, libraries=libraries)


def read(path: Path) -> About:
    """Read dataset.toml.

    Raises:
        ManifestError: it is missing, not TOML, of a later format, or lacks something.
    """
    try:
        about = msgspec.toml.decode(path.read_bytes(), type=About)
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path}: {first_line(error)}") from None
    if about.format != FORMAT:
        raise ManifestError(f"{path} has format {about.format}; this version of f2a-data reads {FORMAT}")
    if not _DAY.fullmatch(about.date):
        raise ManifestError(f"{path}: date: {about.date[:40]!r} is not a day like 2026-01-31")
    return about
