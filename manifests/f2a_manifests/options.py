"""Options are the fields of a dataclass: types, limits, defaults and descriptions are given there, once.

The command line, ``f2a.toml`` and a detector's ``name:option=value`` all use `build`. A limit is
``Annotated[int, msgspec.Meta(ge=1)]``; a choice is an enum or a ``Literal``; the description is the
field's entry under ``Attributes:`` in the class's docstring.
"""

import inspect
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING, Field, fields
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec

from f2a_manifests.errors import ExitCode, FatalError
from f2a_manifests.places import Place, place

ExistingFile = Annotated[Path, msgspec.Meta(extra={"path": "file"})]
ExistingFolder = Annotated[Path, msgspec.Meta(extra={"path": "folder"})]
T = TypeVar("T")
_ATTRIBUTES = re.compile(r"^Attributes:\n((?:    .*\n?|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^    (\w+): (.*(?:\n      .*)*)", re.MULTILINE)


def options(cls: type) -> dict[str, "Field[Any]"]:
    """The fields of a dataclass that are options, by name."""
    return {field.name: field for field in fields(cls) if field.init}


def hints(cls: type) -> dict[str, Any]:
    """The types of a class's fields, with their limits."""
    return get_type_hints(cls, include_extras=True)


def is_required(field: "Field[Any]") -> bool:
    """Whether an option has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def kind_of(hint: Any) -> Any:  # noqa: ANN401 -- any annotation
    """The type of the values, without limits and without None."""
    if get_origin(hint) is Annotated:
        return kind_of(get_args(hint)[0])
    others = [kind for kind in get_args(hint) if kind is not type(None)]
    return kind_of(others[0]) if len(others) == 1 and get_origin(hint) is not Literal else hint


def limits(hint: Any) -> msgspec.Meta:  # noqa: ANN401 -- any annotation
    """What ``Annotated`` says of an option."""
    if get_origin(hint) is Annotated:
        return next(each for each in hint.__metadata__ if isinstance(each, msgspec.Meta))
    return next((limits(kind) for kind in get_args(hint) if get_origin(kind) is Annotated), msgspec.Meta())


def choices(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 -- any annotation
    """The values of a choice; empty for other types."""
    kind = kind_of(hint)
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(each.value for each in kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()


def described(cls: type) -> tuple[str, dict[str, str]]:
    """A class's docstring before its attributes, and the description of each option, also inherited ones."""
    entries: dict[str, str] = {}
    for parent in reversed(cls.__mro__):
        about, own = _docstring(parent)
        entries |= own
    known = options(cls)
    return about, {name: words for name, words in entries.items() if name in known}


def _docstring(cls: type) -> tuple[str, dict[str, str]]:
    text = inspect.cleandoc(cls.__doc__ or "")
    section = _ATTRIBUTES.search(text)
    entries = _ENTRY.findall(section[1]) if section else []
    about = text[: section.start()] if section else text
    return about.strip(), {name: " ".join(words.split()) for name, words in entries}


def read_toml(file: Path) -> dict[str, Any]:
    """The keys and tables of a file of options.

    Raises:
        FatalError: it cannot be read, or is not TOML.
    """
    try:
        return cast(dict[str, Any], msgspec.toml.decode(file.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise FatalError(f"{file}: {error}", ExitCode.USAGE) from None


def check_keys(given: Iterable[str], known: Collection[str], where: str) -> None:
    """Refuse unknown keys.

    Raises:
        FatalError: there is one; the message names it, and those that are known.
    """
    for key in given:
        if key not in known:
            names = ", ".join(known) or "none"
            raise FatalError(f"{where}: unknown key {key!r}; known keys: {names}", ExitCode.USAGE)


def build(
    cls: type[T], given: Mapping[str, object], where: str, folder: Path | None = None, *, strict: bool = True
) -> T:
    """Make an object from untrusted options.

    Args:
        cls: a dataclass.
        given: its options by name; those left out have their defaults.
        where: its name in error messages.
        folder: what relative paths are relative to; None for the current folder.
        strict: whether to refuse ``"64"`` as a number.

    Raises:
        FatalError: an unknown or missing key, or an invalid value; the message names the key.
    """
    known = options(cls)
    check_keys(given, sorted(known), where)
    for key, field in known.items():
        if key not in given and is_required(field):
            raise FatalError(f"{where}: missing key {key!r}", ExitCode.USAGE)
    kinds = hints(cls)
    hook = partial(_read, folder or Path())
    values = {
        key: _typed(value, kinds[key], f"{where}: {key}", hook, strict=strict) for key, value in given.items()
    }
    try:
        return cls(**values)
    except ValueError as error:
        raise FatalError(f"{where}: {error}", ExitCode.USAGE) from None
    except FatalError as error:
        raise FatalError(f"{where}: {error}", error.code) from None


def _typed(value: object, hint: Any, where: str, hook: Any, *, strict: bool) -> Any:  # noqa: ANN401 -- any
    try:
        return msgspec.convert(value, hint, strict=strict, dec_hook=hook)
    except msgspec.ValidationError as error:
        one_of = ", ".join(map(str, choices(hint)))
        said = str(error).replace("`", "").replace(" | null", "").replace("E", "e", 1)
        expected = f"expected one of {one_of}" if one_of else said
        raise FatalError(f"{where} is {value!r:.80}: {expected}", ExitCode.USAGE) from None
    except FatalError as error:
        raise FatalError(f"{where}: {error}", error.code) from None


def _read(folder: Path, kind: Any, value: object) -> Any:  # noqa: ANN401 -- see msgspec's dec_hook
    """Convert what msgspec does not support: paths, and types with a method ``read``."""
    if not isinstance(value, str | Path):
        raise TypeError(f"Expected text, got {type(value).__name__}")
    if kind is Place:
        return place(str(value), folder)
    return folder / Path(value).expanduser() if kind is Path else kind.read(value, folder)
