"""The training methods, and the presets of all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.options import build, options
from f2a_methods.config import Config
from f2a_methods.cyclegan import METHOD as CYCLEGAN
from f2a_methods.method import Method
from f2a_methods.projected import METHOD as PROJECTED

METHODS: dict[str, Method] = {each.config.METHOD: each for each in (PROJECTED, CYCLEGAN)}
PRESETS: dict[str, Config] = {
    name: config for each in METHODS.values() for name, config in each.presets.items()
}
DEFAULT = next(iter(PRESETS))
FINE_TUNING = "fine-tune"
"""The default of a run that starts from trained weights."""


def method_of(config: Config) -> Method:
    """The method that a config belongs to."""
    return METHODS[config.METHOD]


def preset_with(fields: Iterable[str], *, trained: bool = False) -> str:
    """The first preset that has all these fields; the default one if none has.

    Args:
        fields: the names of settings.
        trained: whether the run starts from trained weights; `FINE_TUNING` is the default then.
    """
    asked, default = set(fields), FINE_TUNING if trained else DEFAULT
    return next((name for name in (default, *PRESETS) if asked <= set(PRESETS[name].to_dict())), default)


def running_of(preset: str) -> Mapping[str, Any]:
    """How a preset is run by default: see `f2a_methods.method.Method`."""
    return method_of(PRESETS[preset]).running[preset]


def from_preset(name: str, where: str = "", **changes: object) -> Config:
    """A preset with some settings changed; ``None`` leaves one as it is.

    Args:
        name: of the preset.
        where: the file with the changes, for error messages; empty: none.
        changes: values by the names of settings.

    Raises:
        FatalError: there is no such preset, its method has no such setting, or a value is invalid.
    """
    prefix = f"{where}: " if where else ""
    if name not in PRESETS:
        raise FatalError(f"{prefix}unknown preset {name!r}; there are {', '.join(PRESETS)}", ExitCode.USAGE)
    preset = PRESETS[name]
    given = {field: value for field, value in changes.items() if value is not None}
    for field in given:
        others = [other for other, each in PRESETS.items() if hasattr(each, field)]
        if others and name not in others:
            there = f"the presets {' and '.join(others)} have"
            raise FatalError(f"{prefix}the preset {name} has no setting {field}; {there}", ExitCode.USAGE)
    return build(type(preset), asdict(preset) | given, where or f"preset {name}")


def from_dict(values: Mapping[str, Any], *, lenient: bool = False) -> Config:
    """Build a config from what `Config.to_dict` returned, as checkpoints contain it.

    Args:
        values: the plain values.
        lenient: accept settings of other versions: most do not change the generator, and loading its
            weights checks the rest.

    Raises:
        FatalError: fields are missing or unknown, or have wrong types or values.
    """
    method = METHODS.get(str(values.get("method")))
    if not method:
        raise FatalError("this version does not have its training method")
    known = set(options(method.config))
    given = {name: value for name, value in values.items() if name in known}
    odd = sorted(known ^ (set(values) - {"method"}))
    if odd and not lenient:
        names = ", ".join(name if name.isidentifier() else "?" for name in map(str, odd[:3]))
        raise FatalError(
            f"it was started by a version with other settings ({names}); continue with that version, "
            "or start a new run from it with --init"
        )
    return build(method.config, given, "its settings")
