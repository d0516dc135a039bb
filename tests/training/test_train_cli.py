"""The command line of `f2a-train`."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.version import __version__
from f2a_methods import PRESETS, preset_with
from f2a_train.cli import main
from f2a_train.commands.settings import RUN, declared, is_option, keys, read_settings
from f2a_train.engine.checkpoint import load
from f2a_train.engine.options import Options

Start = Callable[..., "subprocess.Popen[str]"]


def run(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


def test_version(f2a_train: Start) -> None:
    assert run(f2a_train("--version")) == (0, f"f2a-train, version {__version__}\n", "")


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_help_with_an_example(f2a_train: Start, command: str) -> None:
    code, output, _ = run(f2a_train(command, "--help"))
    assert code == 0
    assert f"Example: f2a-train {command}" in output


def test_train_then_translate(f2a_train: Start, make_workspace: Callable, tmp_path: Path) -> None:
    data, out = make_workspace(size=64), tmp_path / "run"
    config = tmp_path / "run.toml"
    config.write_text(
        'preset = "steady"\nloss = "hinge"\nattention = false\naugment = "color,cutout"\ncycle_weight = 5\n'
        'generator = "unet"\nwidth = 4\nbatch_size = 1\nepochs = 2\nsample_every = 2\n'
    )
    given = ["--config", config, "--batch-size", 4]
    code, output, errors = run(
        f2a_train("train", "--human", data.human, "--anime", data.anime, "--out", out, *given)
    )
    assert (code, output.splitlines()[-1].split(" (")[0]) == (0, "3 steps done"), errors
    assert "img/s" in errors
    config = load(out / "checkpoint.pt").config
    assert (config.loss, config.attention, config.augment) == ("hinge", False, "color,cutout")
    assert config.cycle_weight == 5.0
    assert (config.global_head, config.pool, config.width) == (True, 50, 4)
    assert [grid.name for grid in sorted((out / "samples").iterdir())] == [
        f"step-0000000{step}.png" for step in (2, 3)
    ]
    face = next((tmp_path / "w" / "crops").iterdir())
    code, output, errors = run(
        f2a_train("translate", "--checkpoint", out, "--whole", "--out", tmp_path / "t", face)
    )
    assert code == 0, errors
    assert output.splitlines()[-1].startswith("1 faces from 1 images, 0 images failed")


def test_a_setting_of_another_method_is_refused_by_name(f2a_train: Start, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('generator = "unet"\n')
    paths = ["--human", tmp_path, "--anime", tmp_path, "--out", tmp_path / "run", "--config", file]
    code, _, errors = run(f2a_train("train", *paths, "--preset", "projected"))
    assert code == 2
    expected = "the preset projected has no setting generator; the presets paper and steady have\n"
    assert errors == f"f2a-train: {file}: {expected}"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["--minutes", "0"], "minutes is 0.0: expected float > 0.0"),
        (["--learning-rate", "2"], "learning_rate is 2.0: expected float <= 1.0"),
        (["--steps", "0"], "steps is 0: expected int >= 1"),
    ],
)
def test_a_value_on_the_command_line_that_cannot_work_is_a_usage_error(
    f2a_train: Start, tmp_path: Path, given: list[str], problem: str
) -> None:
    paths = ["--human", tmp_path, "--anime", tmp_path, "--out", tmp_path / "run"]
    code, _, errors = run(f2a_train("train", *paths, *given))
    assert (code, problem in errors) == (2, True), errors


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("los = 'hinge'", "unknown key 'los'; known keys: preset, attention, augment, "),
        ("init = 'x'", "unknown key 'init'; known keys: "),
        ("preset = 'best'", "unknown preset 'best'; there are projected, fine-tune, paper, steady"),
        ("attention = 'no'", "attention is 'no': expected bool, got str"),
        ("steps = 2.5", "steps is 2.5: expected int, got float"),
        (
            "preset = 'paper'\ncontent_weight = 1",
            "the preset paper has no setting content_weight; the presets proj",
        ),
        ("pool = 20000", "pool is 20000: expected int <= 10000"),
        ("loss = 'wgan'", "loss is 'wgan': expected one of bce, lsgan, hinge"),
        ("steps = 5\nepochs = 5", "steps or epochs, not both"),
        ("watchdog = 'yes'", "watchdog is 'yes': expected one of act, warn, off"),
        ("watch_every = 0", "watch_every is 0: expected int >= 1"),
        ("loss = ", "Invalid value (at end of document)"),
        (None, "No such file or directory"),
    ],
)
def test_what_a_file_has_wrong_is_said_with_its_name(tmp_path: Path, text: str | None, problem: str) -> None:
    file = tmp_path / "run.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(FatalError) as caught:
        read_settings(None, file, {})
    assert str(caught.value).startswith(f"{file}: ")
    assert problem in str(caught.value)
    assert caught.value.code is ExitCode.USAGE


@pytest.mark.parametrize("preset", PRESETS)
def test_a_file_can_set_every_setting_of_a_preset(tmp_path: Path, preset: str) -> None:
    file = tmp_path / "run.toml"
    values = {
        name: getattr(PRESETS[preset], name) for name, _, _ in declared() if hasattr(PRESETS[preset], name)
    }
    del values["epochs"]
    file.write_text(
        f'preset = "{preset}"\n' + "".join(f"{name} = {json.dumps(v)}\n" for name, v in values.items())
    )
    assert read_settings(None, file, {})[0] == PRESETS[preset]


def test_options_take_precedence_over_the_file_and_that_over_the_preset(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        'preset = "paper"\nepochs = 3\nbatch_size = 2\ndevice = "cpu"\nwatch_every = 9\nminutes = 5\n'
    )
    config, how = read_settings(None, file, {"steps": 7, "minutes": 1.5, "device": None}, "shipped")
    assert (config.METHOD, config.steps, config.epochs, config.batch_size) == ("cyclegan", 7, 0, 2)
    assert how == Options(minutes=1.5, device="cpu", watch_every=9, init="shipped", watchdog="warn")


@pytest.mark.parametrize(("preset", "mode"), [("projected", "act"), ("steady", "act"), ("paper", "warn")])
def test_the_preset_sets_the_mode_of_the_watchdog(tmp_path: Path, preset: str, mode: str) -> None:
    assert read_settings(preset, None, {})[1].watchdog == mode
    file = tmp_path / "run.toml"
    file.write_text("watchdog = 'off'\n")
    assert read_settings(preset, file, {})[1].watchdog == "off"


@pytest.mark.parametrize(
    ("options", "preset"),
    [
        ([], "projected"),
        (["batch_size"], "projected"),
        (["content_weight"], "projected"),
        (["cycle_weight"], "paper"),
        (["generator", "width"], "paper"),
        (["generator", "content_weight"], "projected"),  # which then refuses one of them
    ],
)
def test_without_a_preset_the_options_choose_it(options: list[str], preset: str) -> None:
    assert preset_with(options) == preset


@pytest.mark.parametrize(
    ("options", "preset"), [([], "fine-tune"), (["content_weight"], "fine-tune"), (["cycle_weight"], "paper")]
)
def test_trained_weights_are_fine_tuned(options: list[str], preset: str) -> None:
    assert preset_with(options, trained=True) == preset
    given = {"cycle_weight": 1.0} if preset == "paper" else {}
    assert read_settings(None, None, given, "shipped")[0] == replace(PRESETS[preset], **given)
    assert read_settings("projected", None, {}, "shipped")[0] == PRESETS["projected"]


def test_a_short_fine_tuning_is_sampled_saved_and_watched_often(tmp_path: Path) -> None:
    steps, how = PRESETS["fine-tune"].steps, read_settings("fine-tune", None, {})[1]
    assert max(how.sample_every, how.checkpoint_every, how.watch_every) * 5 < steps
    file = tmp_path / "run.toml"
    file.write_text("sample_every = 7\n")
    assert read_settings("fine-tune", file, {})[1].sample_every == 7


def test_the_help_of_train_says_what_each_preset_takes(f2a_train: Start) -> None:
    _, output, _ = run(f2a_train("train", "--help"))
    text = " ".join(output.split())
    assert "[projected: 16; fine-tune: 16; paper: 1; steady: 4]" in text
    assert "Adam's learning rate. [projected: 0.0002; fine-tune: 5e-05; paper: 0.0002;" in text
    assert "[default: projected, with --init fine-tune; or the first" in text
    assert f"Settings for --config: {', '.join(keys())}." in text
    assert set(keys()) == {"preset", *RUN, *(name for name, _, _ in declared())}
    for name, hint, _ in declared():
        assert (f"--{name.replace('_', '-')} " in text) == is_option(hint)


def test_trouble_is_one_line_and_a_code(f2a_train: Start, make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace()
    code, _, errors = run(
        f2a_train("train", "--human", tmp_path / "none.csv", "--anime", data.anime, "--out", tmp_path / "run")
    )
    assert code == 1
    assert errors == (
        f"f2a-train: there is no manifest {tmp_path / 'none.csv'}; run the stage that makes it first\n"
    )
