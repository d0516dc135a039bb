"""The registry of methods, their presets, and what each setting may be."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.options import build, described, hints, options
from f2a_methods import DEFAULT, FINE_TUNING, METHODS, PRESETS, from_dict, from_preset, method_of, running_of
from f2a_train.commands.settings import RUN, declared, is_option, plain
from f2a_train.engine.options import Options


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_survives_the_way_through_plain_values(preset: str) -> None:
    config = from_preset(preset)
    assert from_dict(config.to_dict()) == config
    assert preset in method_of(config).presets
    assert build(Options, dict(running_of(preset)), "x").watchdog in {"act", "warn"}


def test_no_two_methods_share_a_preset_and_the_default_is_the_one_for_everybody() -> None:
    assert len(PRESETS) == sum(len(method.presets) for method in METHODS.values())
    assert DEFAULT == "projected"


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_what_a_method_says_of_itself_fits_together(method: Any) -> None:  # noqa: ANN401
    assert set(method.shown) <= set(method.losses)
    assert {name for names in method.charts.values() for name in names} <= set(method.losses)
    assert set(method.running) == set(method.presets)
    for config in method.presets.values():
        assert build(method.config, asdict(config), "x") == config
    assert set(options(method.config)) - set(described(method.config)[1]) == {"init"}  # the engine's own


@pytest.mark.parametrize(
    ("preset", "change", "expected"),
    [
        ("projected", {"width": 3}, "width is 3: expected int >= 4"),
        ("projected", {"brightening": 1.5}, "brightening is 1.5: expected float <= 1.0"),
        ("projected", {"content_weight": float("nan")}, "content_weight is nan: expected float >= 0.0"),
        ("projected", {"content_weight": float("inf")}, "content_weight is inf: expected float <= "),
        ("projected", {"loss": "bce"}, " has no setting loss; the presets paper and"),
        ("paper", {"steps": 0}, "steps is 0: expected int >= 1"),
        ("paper", {"learning_rate": 0.0}, "learning_rate is 0.0: expected float > 0.0"),
        ("paper", {"dropout": 1.0}, "dropout is 1.0: expected float < 1.0"),
        ("paper", {"loss": "wgan"}, "loss is 'wgan': expected one of bce, lsgan, hinge"),
        (
            "paper",
            {"augment": "color,blur"},
            "augment is 'color,blur': expected some of color, translation, cut",
        ),
    ],
)
def test_a_value_that_cannot_work_is_named_with_what_was_expected(
    preset: str, change: dict[str, object], expected: str
) -> None:
    with pytest.raises(FatalError) as caught:
        from_preset(preset, **change)
    assert str(caught.value).removeprefix("the ").startswith(f"preset {preset}")
    assert expected in str(caught.value)
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
    with pytest.raises(FatalError, match="unknown preset 'best'; there are projected, fine-tune, paper"):
        from_preset("best")


PAGE = (Path(__file__).parents[2] / "docs" / "train.md").read_text("utf-8")


def test_the_page_of_training_lists_every_setting_with_what_each_preset_takes() -> None:
    rows = re.findall(r"^\| `([^`|]+)` \| (.*?) ?\| (.*?) ?\| (.*?) ?\| (.*?) ?\| .+ \|$", PAGE, re.MULTILINE)
    listed = {name: dict(zip(PRESETS, values, strict=True)) for name, *values in rows}
    assert listed == {
        _key(name, hint): {preset: _written(config, name) for preset, config in PRESETS.items()}
        for name, hint, _ in declared()
    }


def test_the_page_of_training_lists_the_settings_of_how_to_run() -> None:
    table = PAGE.split("| setting | default | meaning |")[1].split("\n\n")[0]
    listed = dict(re.findall(r"^\| `([^`|]+)` \| (.*?) \|", table, re.MULTILINE))
    expected = {_key(name, hints(Options)[name]): _written(Options(), name) for name in RUN}
    assert listed == expected | {"watchdog": "act, `paper` warn"} | {
        name: f"{expected[name]}, `{FINE_TUNING}` {every}"
        for name, every in running_of(FINE_TUNING).items()
        if name != "watchdog"
    }


def _key(name: str, hint: object) -> str:
    return f"--{name.replace('_', '-')}" if is_option(hint) else name


def _written(config: Any, name: str) -> str:  # noqa: ANN401
    """As the page has it: thousands with commas, nothing where the preset lacks the setting."""
    if not hasattr(config, name):
        return ""
    value = getattr(config, name)
    return f"{value:,}".removesuffix(".0") if type(value) in (int, float) else plain(config, name)
