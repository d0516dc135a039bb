"""The annotation files of CelebA and SCUT-FBP5500: one line per image, its name and then numbers.

White space or commas separate, so that the official text files and their CSV versions can be read. Up to two
lines before the first image are a count or a header, and ignored.
"""

import re

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.places import Place

Listing = dict[str, tuple[int, ...]]

_IMAGE = re.compile(r"([\w-]+)\.(?:jpe?g|png)", re.IGNORECASE)
_MAX_HEADER_LINES = 2


def image_stem(name: str) -> str:
    """The name without its suffix, if the name is that of an image; else empty."""
    match = _IMAGE.fullmatch(name)
    return match[1] if match else ""


def find_listing(root: Place, stem: str) -> Place | None:
    """``stem.txt`` or ``stem.csv`` in ``root`` or in a folder right below it (``Anno``, ``Eval``)."""
    folders = [root, *sorted(path for path in root.iterdir() if path.is_dir())]
    paths = [folder / f"{stem}{suffix}" for folder in folders for suffix in (".txt", ".csv")]
    return next((path for path in paths if path.is_file()), None)


def read_listing(path: Place, columns: int) -> Listing:
    """Read the first ``columns`` whole numbers of each image; the key is its name without suffix.

    Raises:
        FatalError: a line is invalid, or the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise FatalError(f"cannot read {path}: {error.strerror}", ExitCode.USAGE) from error
    listing: Listing = {}
    end = columns + 1
    for number, line in enumerate(lines, start=1):
        fields = line.replace(",", " ").split() or [""]
        if match := _IMAGE.fullmatch(fields[0]):
            try:
                listing[match[1]] = tuple(map(int, fields[1:end]))
            except ValueError as error:
                raise FatalError(f"{path}, line {number}: {error}", ExitCode.USAGE) from None
            if len(fields) < end:
                raise FatalError(f"{path}, line {number}: {columns} number(s) expected", ExitCode.USAGE)
        elif fields[0] and number > _MAX_HEADER_LINES:
            what = f"{fields[0][:60]!r} is not an image's name"
            raise FatalError(f"{path}, line {number}: {what}", ExitCode.USAGE)
    return listing
