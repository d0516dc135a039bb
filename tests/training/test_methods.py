"""The registry of methods: presets, and the rules that stand beside each choice."""

import re
from pathlib import Path
from typing import Any

import pytest

from f2a_manifests import ExitCode, FatalError
from f2a_train.config import choices
from f2a_train.methods import DEFAULT, METHODS, PRESETS, from_dict, from_preset, method_of, watchdog_of
from f2a_train.options import declared, plain


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_survives_the_way_through_plain_values(preset: str) -> None:
    config = from_preset(preset)
    assert from_dict(config.to_dict()) == config
    assert preset in method_of(config).presets
    assert watchdog_of(preset) in {"act", "warn"}


def test_no_two_methods_share_a_preset_and_the_default_is_the_one_for_everybody() -> None:
    assert len(PRESETS) == sum(len(method.presets) for method in METHODS.values())
    assert DEFAULT == "projected"


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_what_a_method_says_of_itself_fits_together(method: Any) -> None:  # noqa: ANN401
    assert set(method.shown) <= set(method.losses)
    assert {name for names in method.charts.values() for name in names} <= set(method.losses)
    assert set(method.watchdog) == set(method.presets)
    for name, kind, about in choices(method.config):
        default = getattr(method.config(), name)
        assert type(default) is kind
        assert about.holds(default), f"{name}: {about.rule(name)}"


@pytest.mark.parametrize(
    ("preset", "change", "rule"),
    [
        ("projected", {"width": 3}, "width is 4 to 256"),
        ("projected", {"brightening": 1.5}, "brightening is 0 to 1"),
        ("projected", {"content_weight": float("nan")}, "content weight is 0 or more"),
        ("paper", {"steps": 0}, "steps is 1 or more"),
        ("paper", {"learning_rate": float("inf")}, "learning rate is above 0"),
        ("paper", {"dropout": 1.0}, "dropout is 0 or more and below 1"),
        ("paper", {"loss": "wgan"}, "loss is one of bce, lsgan, hinge"),
        ("paper", {"augment": "color,blur"}, "augment names some of color, translation, cutout"),
    ],
)
def test_a_value_that_cannot_work_is_named_with_its_rule(
    preset: str, change: dict[str, object], rule: str
) -> None:
    with pytest.raises(FatalError, match=f"this run cannot work: {rule}") as caught:
        from_preset(preset, **change)
    assert caught.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"method": "projected"},
        from_preset("paper").to_dict() | {"method": "projected"},
        from_preset("paper").to_dict() | {"method": ["cyclegan"]},
        from_preset("paper").to_dict() | {"surplus": 1},
        from_preset("paper").to_dict() | {"seed": "0"},
        from_preset("paper").to_dict() | {"seed": True},
    ],
)
def test_a_strangers_configuration_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(FatalError):
        from_dict(values)


def test_an_unknown_preset_lists_those_that_there_are() -> None:
    with pytest.raises(FatalError, match="unknown preset 'best'; there are projected, paper, steady"):
        from_preset("best")


DOCS = Path(__file__).parents[2] / "docs" / "train.md"


def test_the_page_of_training_lists_every_choice_with_what_each_preset_takes() -> None:
    rows = re.findall(
        r"^\| `([^`|]+)` \| (.*?) ?\| (.*?) ?\| (.*?) ?\| .+ \|$", DOCS.read_text("utf-8"), re.MULTILINE
    )
    listed = {name: dict(zip(PRESETS, values, strict=True)) for name, *values in rows}
    assert listed == {
        f"--{name.replace('_', '-')}" if about.option else name: {
            preset: _written(config, name) for preset, config in PRESETS.items()
        }
        for name, _, about in declared()
    }


def _written(config: Any, name: str) -> str:  # noqa: ANN401
    """As the page has it: thousands with commas, nothing where the preset lacks the choice."""
    if not hasattr(config, name):
        return ""
    value = getattr(config, name)
    return f"{value:,}".removesuffix(".0") if type(value) in (int, float) else plain(config, name)
