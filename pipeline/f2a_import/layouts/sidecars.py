"""Images with a file of the same name beside each: WebDataset, img2dataset, waifuc and kohya.

``NAME.json`` holds facts, ``NAME.txt`` or ``NAME.caption`` tags separated by commas; waifuc's is called
``.NAME_meta.json``. waifuc also stores pickled objects in it, which are never read: unpickling runs code.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from f2a_data.sources.importing import log
from f2a_faces.archive import Member, open_members
from f2a_faces.images import ImageError
from f2a_faces.magic import SUFFIXES
from f2a_import.found import Found, split_of, tags_in
from f2a_manifests.places import Place

_LARGEST = 2**20
_TEXTS = (".txt", ".caption")
_META = "_meta.json"


def fits(root: Place) -> bool:
    """Whether there are tar archives, or images with such files beside them."""
    if _archives(root):
        return True
    with open_members(root) as members:
        beside = _beside(members)
        return any(_is_image(member) and _keys(member.name) & beside.keys() for member in members)


def read(root: Place, category: str) -> Iterator[Found]:  # noqa: ARG001 -- for those that have categories
    """The images of a folder or archive, or of all tar archives in a folder."""
    for archive in _archives(root) or [root]:
        place = archive.relative_to(root).as_posix() if archive != root else ""
        with open_members(archive) as members:
            yield from _read(members, place or archive.name, f"{place}/" if place else "")


def _read(members: list[Member], place: str, prefix: str) -> Iterator[Found]:
    beside, bad = _beside(members), 0
    for member in filter(_is_image, members):
        found = Found(
            replace(member, name=prefix + member.name), split=split_of(member.name) or split_of(place)
        )
        for key in _keys(member.name) & beside.keys():
            for sidecar in beside[key]:
                bad += not _learn(found, sidecar)
        yield found
    if bad:
        log.warning(
            "%s: %d files beside images cannot be read; the images are taken without them", place, bad
        )


def _learn(found: Found, sidecar: Member) -> bool:
    """Read a file's facts; False if it is invalid."""
    try:
        if sidecar.size > _LARGEST:
            return False
        text = sidecar.read().decode("utf-8-sig")
        if not sidecar.name.endswith(".json"):
            found.tags = found.tags or (tags_in(text) if "," in text else "")
            return True
        facts = json.loads(text)
    except (ImageError, ValueError, RecursionError):
        return False
    if isinstance(facts, dict):
        found.learn(facts)
    return isinstance(facts, dict)


def _archives(root: Place) -> list[Place]:
    """The tar archives in a folder; those that links lead out of it are not followed."""
    if not root.is_dir():
        return []
    place = root.resolve()
    return [
        path
        for path in sorted(root.rglob("*.tar"))
        if path.is_file() and path.resolve().is_relative_to(place)
    ]


def _beside(members: list[Member]) -> Mapping[str, list[Member]]:
    found: dict[str, list[Member]] = {}
    for member in members:
        path = PurePosixPath(member.name)
        if path.name.startswith(".") and path.name.endswith(_META):
            key = path.with_name(path.name[1:].removesuffix(_META))
        elif path.suffix.lower() in (".json", *_TEXTS):
            key = path.with_suffix("")
        else:
            continue
        found.setdefault(str(key), []).append(member)
    return found


def _keys(name: str) -> set[str]:
    """The names that a file beside an image may have: up to the last dot, and up to the first."""
    path = PurePosixPath(name)
    first = path.name.partition(".")[0]
    return {str(path.with_suffix("")), str(path.with_name(first)) if first else ""}


def _is_image(member: Member) -> bool:
    return PurePosixPath(member.name).suffix.lower() in SUFFIXES
