"""The command as a person meets it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.version import __version__
from f2a_train.cli import main
from f2a_train.engine.checkpoint import load
from f2a_train.methods import PRESETS, preset_with
from f2a_train.options import chosen, declared

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
        "width = 8\nsteps = 900\n"
    )
    choices = [
        "--generator",
        "unet",
        "--width",
        "4",
        "--epochs",
        "2",
        "--batch-size",
        "4",
        "--config",
        config,
    ]
    code, output, errors = run(
        f2a_train("train", "--human", data.human, "--anime", data.anime, "--out", out, *choices)
    )
    assert (code, output.splitlines()[-1].split(" (")[0]) == (0, "3 steps done"), errors
    assert "img/s" in errors
    config = load(out / "checkpoint.pt").config
    assert (config.loss, config.attention, config.augment) == ("hinge", False, "color,cutout")
    assert config.cycle_weight == 5.0
    assert (config.global_head, config.pool, config.width) == (True, 50, 4)
    face = next((tmp_path / "w" / "crops").iterdir())
    code, output, errors = run(
        f2a_train("translate", "--checkpoint", out, "--whole", "--out", tmp_path / "t", face)
    )
    assert code == 0, errors
    assert output.splitlines()[-1].startswith("1 faces from 1 images, 0 images failed")


def test_a_choice_of_another_method_is_refused_by_name(f2a_train: Start, tmp_path: Path) -> None:
    paths = ["--human", tmp_path, "--anime", tmp_path, "--out", tmp_path / "run"]
    code, _, errors = run(f2a_train("train", *paths, "--preset", "projected", "--generator", "unet"))
    assert code == 2
    assert errors == (
        "f2a-train: the preset projected has no setting generator; the presets paper and steady have\n"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("los = 'hinge'", "there is no choice 'los'; there are attention, augment, "),
        ("preset = 'best'", "unknown preset 'best'; there are projected, paper, steady"),
        ("attention = 'no'", "this run cannot work: attention is true or false"),
        ("steps = 2.5", "this run cannot work: steps is a whole number"),
        (
            "preset = 'paper'\ncontent_weight = 1",
            "the preset paper has no setting content weight; the presets proj",
        ),
        ("pool = 20000", "this run cannot work: pool is 0 to 10,000"),
        ("steps = 5\nepochs = 5", "steps or epochs, not both"),
        ("loss = ", "Invalid value (at end of document)"),
        (None, "No such file or directory"),
    ],
)
def test_what_a_file_has_wrong_is_said_with_its_name(tmp_path: Path, text: str | None, problem: str) -> None:
    file = tmp_path / "run.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(FatalError) as caught:
        chosen(None, file, {})
    assert str(caught.value).startswith(f"{file}: ")
    assert problem in str(caught.value)
    assert caught.value.code is ExitCode.USAGE


@pytest.mark.parametrize("preset", PRESETS)
def test_a_file_can_set_every_choice_of_a_preset(tmp_path: Path, preset: str) -> None:
    file = tmp_path / "run.toml"
    values = {
        name: getattr(PRESETS[preset], name) for name, _, _ in declared() if hasattr(PRESETS[preset], name)
    }
    del values["epochs"]
    file.write_text(
        f'preset = "{preset}"\n' + "".join(f"{name} = {json.dumps(v)}\n" for name, v in values.items())
    )
    assert chosen(None, file, {}) == (preset, PRESETS[preset])


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


def test_the_help_of_train_says_what_each_preset_takes(f2a_train: Start) -> None:
    _, output, _ = run(f2a_train("train", "--help"))
    text = " ".join(output.split())
    assert "--batch-size INTEGER Faces of each domain per step. [projected: 16; paper: 1; steady: 4]" in text
    assert "--generator [resnet9|unet] Kind of generator. [paper: resnet9; steady: resnet9]" in text
    assert "--config FILE.toml TOML with any of these choices, and with " in text
    for name, _, about in declared():
        assert (f"--{name.replace('_', '-')} " if about.option else name) in text
    assert "--learning-rate FLOAT Adam's. [0.0002]" in text


def test_trouble_is_one_line_and_a_code(f2a_train: Start, make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace()
    code, _, errors = run(
        f2a_train("train", "--human", tmp_path / "none.csv", "--anime", data.anime, "--out", tmp_path / "run")
    )
    assert code == 1
    assert errors == (
        f"f2a-train: there is no manifest {tmp_path / 'none.csv'}; run the stage that makes it first\n"
    )


def test_steps_and_epochs_together_are_a_usage_error(f2a_train: Start, tmp_path: Path) -> None:
    paths = ["--human", tmp_path, "--anime", tmp_path, "--out", tmp_path / "run"]
    code, _, errors = run(f2a_train("train", *paths, "--steps", "3", "--epochs", "3"))
    assert code == 2
    assert "not both" in errors
