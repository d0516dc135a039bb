"""What ``f2a-train train`` learns by: a preset, a file's choices over it, the command line's over both.

All of it is made from the methods' configs.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from f2a_manifests import ExitCode, FatalError
from f2a_train.config import Choice, Config, choices
from f2a_train.methods import METHODS, PRESETS, from_preset, preset_with

Command = TypeVar("Command", bound=Callable[..., None])


def choice_options(command: Command) -> Command:
    """Give a command ``--config`` and one option for each `Choice.option`; None where it is not given."""
    for name, kind, about in reversed(list(declared())):
        if about.option:
            command = _option(name, kind, about)(command)
    others = ", ".join(name for name, _, about in declared() if not about.option)
    about_file = f"TOML with any of these choices, and with {others}. Options go before it."
    return click.option("--config", metavar="FILE.toml", type=click.Path(path_type=Path), help=about_file)(
        command
    )


def chosen(preset: str | None, file: Path | None, given: Mapping[str, Any]) -> tuple[str, Config]:
    """The name of the preset, and what it comes to.

    Args:
        preset: None for the file's; where that has none, the first that has all that is chosen.
        file: TOML whose keys are ``preset`` and fields of that preset's config.
        given: by field, from the command line; None where an option is not given.

    Raises:
        FatalError: the file cannot be read, or a choice cannot work.
    """
    options = {name: value for name, value in given.items() if value is not None}
    of_file = _read(file) if file else {}
    of_files = str(of_file.pop("preset", ""))
    name = preset or of_files or preset_with(of_file | options)
    if file:
        _check(file, name, of_file)
    if "steps" in options or "epochs" in options:  # the file's length of the run is not asked any more
        of_file = {key: value for key, value in of_file.items() if key not in ("steps", "epochs")}
    return name, from_preset(name, **of_file | options)


def declared() -> Iterator[tuple[str, type, Choice]]:
    """Each choice that any method has once, as the first config has it that says what it is."""
    seen = set()
    for method in reversed(METHODS.values()):
        for name, kind, about in choices(method.config):
            if about.help and name not in seen:
                seen.add(name)
                yield name, kind, about


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FatalError(f"{file}: {error}", ExitCode.USAGE) from None
    known = {"preset", *(name for name, _, _ in declared())}
    for key in values:
        if key not in known:
            raise FatalError(
                f"{file}: there is no choice {key!r}; there are {', '.join(sorted(known))}", ExitCode.USAGE
            )
    return values


def _check(file: Path, name: str, values: Mapping[str, Any]) -> None:
    """Refuse what the file has wrong with the file's name."""
    if values.get("steps") and values.get("epochs"):
        raise FatalError(f"{file}: give steps or epochs, not both", ExitCode.USAGE)
    try:
        from_preset(name, **values)
    except FatalError as error:
        raise FatalError(f"{file}: {error}", ExitCode.USAGE) from None


def _option(name: str, kind: type, about: Choice) -> Callable[[Command], Command]:
    text = f"{about.help}  [{_defaults(name)}]"
    one_of = click.Choice(about.among) if about.among else kind
    flag = f"--{name.replace('_', '-')}"
    return click.option(flag, name, type=one_of, metavar=about.metavar or None, help=text)


def _defaults(name: str) -> str:
    """What each preset takes that has the choice."""
    values = {preset: plain(config, name) for preset, config in PRESETS.items() if hasattr(config, name)}
    if len(values) == len(PRESETS) and len(set(values.values())) == 1:
        return next(iter(values.values()))
    return "; ".join(f"{preset}: {value}" for preset, value in values.items())


def plain(config: Config, name: str) -> str:
    """The value of a choice, for people."""
    value = getattr(config, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"
