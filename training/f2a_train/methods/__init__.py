"""The training methods, and the presets of all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from f2a_manifests import ExitCode, FatalError
from f2a_train.config import Config, Mode, checked, choices
from f2a_train.method import Method
from f2a_train.methods.cyclegan import METHOD as CYCLEGAN
from f2a_train.methods.projected import METHOD as PROJECTED

METHODS: dict[str, Method] = {each.config.METHOD: each for each in (PROJECTED, CYCLEGAN)}
PRESETS: dict[str, Config] = {
    name: config for each in METHODS.values() for name, config in each.presets.items()
}
DEFAULT = next(iter(PRESETS))


def method_of(config: Config) -> Method:
    """The method that a config is of."""
    return METHODS[config.METHOD]


def preset_with(fields: Iterable[str]) -> str:
    """The first preset that has all these fields; the default one if none has."""
    asked = set(fields)
    return next((name for name, config in PRESETS.items() if asked <= set(config.to_dict())), DEFAULT)


def watchdog_of(preset: str) -> Mode:
    """What the watchdog does by default."""
    return method_of(PRESETS[preset]).watchdog[preset]


def from_preset(name: str, **changes: Any) -> Config:  # noqa: ANN401 -- each field has its own type
    """A preset with some fields changed; ``None`` leaves a field as it is.

    Raises:
        FatalError: there is no such preset, its method has no such field, or a value cannot work.
    """
    if name not in PRESETS:
        raise FatalError(f"unknown preset {name!r}; there are {', '.join(PRESETS)}", ExitCode.USAGE)
    preset = PRESETS[name]
    types = {field: kind for field, kind, _ in choices(type(preset))}
    given = {field: value for field, value in changes.items() if value is not None}
    for field, value in given.items():
        if field not in types:
            raise FatalError(_not_its_own(name, field), ExitCode.USAGE)
        if types[field] is float and type(value) is int:
            given[field] = float(value)
    return checked(replace(preset, **given))


def from_dict(values: Mapping[str, Any], *, lenient: bool = False) -> Config:
    """The config that `Config.to_dict` made plain values of, from a checkpoint.

    Args:
        values: the plain values.
        lenient: accept settings that a later or an earlier version has or lacks: the generator can be built
            without most of them, and its weights tell whether it was.

    Raises:
        FatalError: fields are missing or unknown, or have wrong types or values.
    """
    method = METHODS.get(str(values.get("method")))
    if not method:
        raise FatalError("this version does not know its method")
    known = {name for name, _, _ in choices(method.config)}
    given = {name: value for name, value in values.items() if name in known}
    odd = sorted(known ^ (set(values) - {"method"}))
    if odd and not lenient:
        names = ", ".join(name if name.isidentifier() else "?" for name in map(str, odd[:3]))
        raise FatalError(
            f"it was started by a version with other settings ({names}); continue with that version, "
            "or start a new run from it with --init"
        )
    return checked(method.config(**given))


def _not_its_own(preset: str, field: str) -> str:
    others = [name for name, each in PRESETS.items() if hasattr(each, field)]
    where = f"; the presets {' and '.join(others)} have" if others else ""
    return f"the preset {preset} has no setting {field.replace('_', ' ')}{where}"
