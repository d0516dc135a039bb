"""A Hugging Face image folder: images, and ``metadata.csv`` or ``metadata.jsonl`` that names them."""

import csv
import io
import json
import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath

from f2a_faces.archive import Member, open_members
from f2a_faces.images import ImageError
from f2a_faces.magic import SUFFIXES
from f2a_import.found import Found, Rectangle, missing, numbers, split_of, text_of
from f2a_manifests import ExitCode, FatalError
from f2a_manifests.places import Place

_NAMES = ("metadata.csv", "metadata.jsonl")


def fits(root: Place) -> bool:
    """Whether there is such a file."""
    if not root.is_dir():
        return False
    return any(next(root.rglob(name), None) for name in _NAMES)


def read(root: Place, category: str) -> Iterator[Found]:  # noqa: ARG001 -- for those that have categories
    """The images in the table, then the others."""
    with open_members(root) as members:
        images = {m.name: m for m in members if PurePosixPath(m.name).suffix.lower() in SUFFIXES}
        for table in (member for member in members if PurePosixPath(member.name).name in _NAMES):
            for row in _rows(table):
                yield _found(row, table, images)
        for name, member in images.items():
            yield Found(member, split=split_of(name))


def _found(row: dict[str, object], table: Member, images: dict[str, Member]) -> Found:
    """The image of a row, which is removed from ``images``.

    Raises:
        FatalError: the row does not name it.
    """
    if not isinstance(file := row.get("file_name"), str) or not file:
        columns = ", ".join(map(text_of, list(row)[:20]))
        raise FatalError(f"{table.name}: a row has no file_name, but {columns}", ExitCode.USAGE)
    name = posixpath.normpath(posixpath.join(posixpath.dirname(table.name), file))
    member = images.pop(name) if name in images else missing(name)
    found = Found(member, split=split_of(name))
    found.learn(row)
    found.boxes = boxes_in(row.get("objects"))
    return found


def boxes_in(objects: object) -> list[Rectangle] | None:
    """The boxes of the column ``objects``, ``{"bbox": [[x, y, w, h], ...]}``; None where there is none."""
    boxes = objects.get("bbox") if isinstance(objects, dict) else None
    if not isinstance(boxes, list):
        return None
    return [box for values in boxes if (box := numbers(values))]


def _rows(table: Member) -> Iterator[dict[str, object]]:
    try:
        text = table.read().decode("utf-8-sig")
        if table.name.endswith(".csv"):
            yield from csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
            return
        for line in text.splitlines():
            if line.strip():
                yield dict(json.loads(line))
    except (ImageError, ValueError, TypeError, RecursionError, csv.Error) as error:
        raise FatalError(f"cannot read {table.name}: {error}", ExitCode.USAGE) from None
