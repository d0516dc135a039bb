"""The options of ``f2a-train train`` that choose what is learned, made from the methods' configs."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import click

from f2a_train.config import Choice, choices
from f2a_train.methods import METHODS, PRESETS

Command = TypeVar("Command", bound=Callable[..., None])


def choice_options(command: Command) -> Command:
    """Give a command one option for each choice that any method has; None where it is not given."""
    for name, kind, about in reversed(list(_declared())):
        command = _option(name, kind, about)(command)
    return command


def _declared() -> Iterator[tuple[str, type, Choice]]:
    """Each choice once, as the first config has it that says what it is."""
    seen = set()
    for method in reversed(METHODS.values()):
        for name, kind, about in choices(method.config):
            if about.help and name not in seen:
                seen.add(name)
                yield name, kind, about


def _option(name: str, kind: type, about: Choice) -> Callable[[Command], Command]:
    flag = about.option or f"--{name.replace('_', '-')}"
    text = f"{about.help}  [{_defaults(name)}]"
    if kind is bool:
        return click.option(f"{flag}/--no-{flag.removeprefix('--')}", name, default=None, help=text)
    one_of = click.Choice(about.among) if about.among and not about.several else kind
    return click.option(flag, name, type=one_of, metavar=about.metavar or None, help=text)


def _defaults(name: str) -> str:
    """What each preset takes that has the choice."""
    values = {
        preset: _plain(getattr(config, name)) for preset, config in PRESETS.items() if hasattr(config, name)
    }
    if len(values) == len(PRESETS) and len(set(values.values())) == 1:
        return next(iter(values.values()))
    return "; ".join(f"{preset}: {value}" for preset, value in values.items())


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"
