"""The settings of ``f2a-train train``: a preset, overridden by a file, overridden by the command line.

All are declared by the methods' configs and by `f2a_train.engine.options.Options`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.options import build, check_keys, choices, described, hints, kind_of, limits, read_toml
from f2a_methods import METHODS, PRESETS, from_preset, preset_with, running_of
from f2a_methods.config import Config
from f2a_train.commands.options import FILE, Command
from f2a_train.engine.options import Options

RUN = {name: about for name, about in described(Options)[1].items() if name != "init"}
"""The settings of `Options` that a file may contain, with their descriptions; paths are command-line options
only."""


def setting_options(command: Command) -> Command:
    """Add ``--config`` and the options for settings to a command; None if an option is not given."""
    kinds = hints(Options)
    for name, hint, about in reversed([*declared(), *((name, kinds[name], RUN[name]) for name in RUN)]):
        if is_option(hint):
            text = f"{about[:1].upper()}{about[1:]}  {_defaults(name)}".rstrip()
            kind = click.Choice(choices(hint)) if choices(hint) else kind_of(hint)
            command = click.option(f"--{name.replace('_', '-')}", name, type=kind, help=text)(command)
    about_file = "Any settings, in TOML; see below. Options take precedence."
    return click.option("--config", metavar="FILE.toml", type=FILE, help=about_file)(command)


def read_settings(
    preset: str | None, file: Path | None, given: Mapping[str, Any], init: str = ""
) -> tuple[Config, Options]:
    """Combine the preset, the file and the command line.

    Args:
        preset: its name; None: the file's, or else what `f2a_methods.preset_with` gives.
        file: TOML whose keys are ``preset``, fields of that preset's config, and `RUN`.
        given: settings by name, from the command line; None if an option is not given.
        init: see `Options`.

    Raises:
        FatalError: the file cannot be read, or a setting is invalid.
    """
    options = {name: value for name, value in given.items() if value is not None}
    of_file = _read(file) if file else {}
    of_files = str(of_file.pop("preset", ""))
    name = preset or of_files or preset_with((of_file | options).keys() - RUN, trained=bool(init))
    if file:  # alone first, so that errors name the file
        _built(name, of_file, str(file))
    if "steps" in options:  # they override the file's length of the run
        of_file.pop("epochs", None)
    return _built(name, of_file | options | {"init": init})


def _built(preset: str, values: Mapping[str, Any], where: str = "") -> tuple[Config, Options]:
    run = {name: value for name, value in values.items() if name in RUN or name == "init"}
    what = {name: value for name, value in values.items() if name not in run}
    config = from_preset(preset, where, **what)
    return config, build(Options, {**running_of(preset), **run}, where or "f2a-train train")


def declared() -> Iterator[tuple[str, Any, str]]:
    """Each setting of any method once: name, type, and description by the first config that has one."""
    seen = set()
    for method in reversed(METHODS.values()):
        kinds = hints(method.config)
        for name, about in described(method.config)[1].items():
            if name not in seen:
                seen.add(name)
                yield name, kinds[name], about


def is_option(hint: Any) -> bool:  # noqa: ANN401 -- any annotation
    """Whether a setting is on the command line too."""
    return bool((limits(hint).extra or {}).get("option"))


def keys() -> list[str]:
    """The keys that a file may have."""
    return ["preset", *sorted(RUN.keys() | {name for name, _, _ in declared()})]


def _read(file: Path) -> dict[str, Any]:
    values = read_toml(file)
    check_keys(values, keys(), str(file))
    if values.get("steps") and values.get("epochs"):
        raise FatalError(f"{file}: give steps or epochs, not both", ExitCode.USAGE)
    return values


def _defaults(name: str) -> str:
    """The default, or the values in the presets that have the setting."""
    having = PRESETS if name not in RUN else {"": Options()}
    values = {preset: plain(config, name) for preset, config in having.items() if hasattr(config, name)}
    if len(set(values.values())) == 1:
        value = next(iter(values.values()))
        return f"[default: {value}]" if value != "inf" else ""
    return f"[{'; '.join(f'{preset}: {value}' for preset, value in values.items())}]"


def plain(config: Config | Options, name: str) -> str:
    """The value of a setting, for display."""
    value = getattr(config, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"
