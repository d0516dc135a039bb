"""Conversion of a manifest's cells to and from text, by column."""

import math
import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from f2a_manifests.record import ENUMS, FLOATS, INTEGERS, Landmark

_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")  # how pandas writes a column of whole numbers with gaps
_LEAVING = re.compile(r"^/|[\\:\0]|(^|/)\.\.(/|\Z)")
_MAX_PIXELS = 2**31
_MAX_PATH = 1000


class Codec(NamedTuple):
    """Encodes a value of several parts as one text; ``decode`` raises ValueError."""

    encode: Callable[[Any], str]
    decode: Callable[[str], Any]


def encode_flags(flags: Iterable[str]) -> str:
    """``blurred;small``."""
    return ";".join(flags)


@lru_cache(maxsize=10_000)
def decode_flags(text: str) -> tuple[str, ...]:
    """Parse ``blurred;small``."""
    return tuple(flag for flag in text.split(";") if flag)


def encode_landmarks(landmarks: Iterable[Landmark]) -> str:
    """``left_eye 69 109;right_eye 106 113``."""
    return ";".join(f"{name} {_number(x)} {_number(y)}" for name, x, y in landmarks)


def decode_landmarks(text: str) -> tuple[Landmark, ...]:
    """Parse ``left_eye 69 109;right_eye 106 113``.

    Raises:
        ValueError: it is something else.
    """
    if not text:
        return ()
    try:
        return tuple(_landmark(*part.split(" ")) for part in text.split(";"))
    except (TypeError, ValueError):
        raise ValueError(f"{text[:40]!r} is not 'name x y' joined by ';'") from None


def _landmark(name: str, x: str, y: str) -> Landmark:
    point = Landmark(name, float(x), float(y))
    if not (math.isfinite(point.x) and math.isfinite(point.y)):
        raise ValueError
    return point


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


CODED = {
    "flags": Codec(encode_flags, decode_flags),
    "landmarks": Codec(encode_landmarks, decode_landmarks),
}


def parser(name: str) -> Callable[[str], Any]:
    """The function that parses a column's cells and raises ValueError; ``str`` for text."""
    if name in INTEGERS:
        return _integer
    if name in FLOATS:
        return _float
    if name in ENUMS:
        return _enum(ENUMS[name])
    if name in CODED:
        return CODED[name].decode
    return {"id": _identifier, "path": _relative}.get(name, str)


def _enum(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    members = {member.value: member for member in kind}

    def parse(cell: str) -> StrEnum:
        try:
            return members[cell]
        except KeyError:
            raise ValueError(f"{cell[:40]!r} is not one of {sorted(members)}") from None

    return parse


def _integer(cell: str) -> int | None:
    if not cell:
        return None
    if len(cell) < 9 and cell.isascii() and cell.isdigit():
        return int(cell)
    found = _WHOLE.fullmatch(cell)
    value = int(found[1] if found else cell)
    if abs(value) > _MAX_PIXELS:
        raise ValueError(f"{cell} is out of range")
    return value


def _float(cell: str) -> float | None:
    if not cell:
        return None
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError(f"{cell} is not a finite number")
    return value


def _identifier(cell: str) -> str:
    if not _ID.fullmatch(cell):
        raise ValueError(f"{cell!r} is not an id (letters, digits, - and _)")
    return cell


def _relative(cell: str) -> str:
    if _LEAVING.search(cell):
        raise ValueError(f"{cell!r} leaves the workspace")
    if len(cell) > _MAX_PATH:
        raise ValueError("the path is too long")
    return cell
