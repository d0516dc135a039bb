"""A command from a dataclass: its fields are the options, its docstring is the help."""

from collections.abc import Callable
from dataclasses import Field
from pathlib import Path
from typing import Any

import click

from f2a_manifests.options import choices, described, hints, is_required, kind_of, limits, options

Command = Callable[..., Any]
_RANGES: dict[type, Any] = {int: click.IntRange, float: click.FloatRange}


def with_options(cls: type, function: Command) -> Command:
    """Give a function an option, or an argument, for each field of a dataclass."""
    kinds, (_, texts) = hints(cls), described(cls)
    for name, field in reversed(options(cls).items()):
        function = _parameter(field, kinds[name], texts.get(name, ""))(function)
    return function


def command(name: str, cls: type, function: Command) -> click.Command:
    """The command of a function that has its options; the help is the class's docstring."""
    return click.command(name, help=described(cls)[0])(function)


def _parameter(field: "Field[Any]", hint: Any, text: str) -> Callable[[Command], Command]:  # noqa: ANN401
    extra = limits(hint).extra or {}
    if "argument" in extra:
        return click.argument(field.name, metavar=extra["argument"], type=_type(hint))
    flag, kind = f"--{field.name.replace('_', '-')}", kind_of(hint)
    if hasattr(kind, "names"):  # those that are installed
        text = f"{text.removesuffix('.')}: {', '.join(kind.names())}."
    required = is_required(field)
    return click.option(
        f"{flag}/--no-{flag[2:]}" if kind is bool and field.default else flag,
        field.name,
        type=_type(hint),
        is_flag=kind is bool,
        required=required,
        default=None if required else field.default,
        show_default=not required and bool(field.default or (kind is not bool and field.default != "")),
        metavar=getattr(kind, "METAVAR", None),
        help=text[:1].upper() + text[1:],
    )


def _type(hint: Any) -> Any:  # noqa: ANN401 -- any annotation, any of click's types
    kind, meta = kind_of(hint), limits(hint)
    if among := choices(hint):
        return click.Choice(among)
    if kind is Path:
        place = (meta.extra or {}).get("path")
        return click.Path(path_type=Path, exists=True, file_okay=place != "folder", dir_okay=place != "file")
    if kind in _RANGES and (meta.ge, meta.le) != (None, None):
        return _RANGES[kind](meta.ge, meta.le)
    return kind if kind in (int, float, bool) else str
