"""docs/extend.md: its package is installed as it stands there, and its commands are run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from f2a_manifests import Domain, Reason, Record, Workspace

PAGE = (Path(__file__).parents[1] / "docs" / "extend.md").read_text()
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's package, installed into a folder of its own."""
    source, target = tmp_path_factory.mktemp("examples"), tmp_path_factory.mktemp("installed")
    (source / "f2a_examples").mkdir()
    (source / "f2a_examples" / "__init__.py").touch()
    (source / "pyproject.toml").write_text(blocks("toml")[0])
    names = re.findall(r"`(f2a_examples/\w+\.py)`:", PAGE)
    for name, text in zip(names, blocks("python"), strict=True):
        (source / name).write_text(text)
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", target, source]
    subprocess.run([sys.executable, *install], check=True)
    return target


@pytest.fixture
def command(installed: Path, tmp_path: Path) -> Command:
    """Run ``f2a-data`` with the package, beside a list of a bright, a dark and a missing photo."""
    (tmp_path / "photos").mkdir()
    for name, light in {"bright": 1.0, "dark": 0.18}.items():
        Image.fromarray((skimage.data.astronaut() * light).astype(np.uint8)).save(
            tmp_path / "photos" / f"{name}.png"
        )
    (tmp_path / "photos" / "list.txt").write_text("bright.png\ndark.png\nmissing.png\n")
    program = Path(sys.executable).with_name("f2a-data")

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {"PYTHONPATH": str(installed)}
        return subprocess.run(
            [program, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run


def faces(workspace: Path) -> dict[str, Record]:
    """By the name of their image."""
    units = Workspace(workspace).load()
    assert {unit.image.source for unit in units} == {"listed"}
    return {unit.image.source_id: face for unit in units for face in unit.faces}


def check(found: dict[str, Record]) -> None:
    assert set(found) == {"bright.png", "dark.png"}
    assert all(face.detector.startswith("strict-") for face in found.values())
    assert found["bright.png"].kept
    dark = found["dark.png"]
    assert (dark.stage, dark.reason, dark.kept) == ("dark", Reason.OTHER, False)


def test_the_commands_of_the_page_run(command: Command, tmp_path: Path) -> None:
    lines = [shlex.split(line) for line in re.findall(r"^    f2a-data (.*)$", PAGE, re.MULTILINE)]
    assert len(lines) == 5
    for words in lines:
        done = command(*words)
        missing = words[0] == "listed"  # one photo of the list
        assert done.returncode == (3 if missing else 0), done.stderr
    assert "dark     done: Dark(min_brightness=30.0) version 1" in done.stdout
    check(faces(tmp_path / "workspace"))


def test_the_file_of_the_page_runs(command: Command, tmp_path: Path) -> None:
    (tmp_path / "f2a.toml").write_text(blocks("toml")[1])
    plan = command("run", "--dry-run").stdout
    names = [line.split(":")[0] for line in plan.splitlines()]
    assert names == ["listed", "detect", "crop", "dark", "dedup", "clean", "review", "split"]
    assert "Strict(min_neighbors=4, max_side=640)" in plan
    done = command("run")
    assert done.returncode == 3, done.stderr  # the photo that is missing
    check(faces(tmp_path / "from-toml"))
    assert {face.split for face in Workspace(tmp_path / "from-toml").faces(Domain.HUMAN)} == {"", "train"}


def test_their_help_is_what_their_docstrings_say(command: Command) -> None:
    listing = command("--help").stdout
    assert re.search(r"^  listed +Import the images that a text file names\.$", listing, re.MULTILINE)
    assert re.search(r"^  dark +Drop dark faces\.$", listing, re.MULTILINE)
    text = " ".join(command("listed", "--help").stdout.split())
    assert "--file FILE One path a line, relative to the file's folder. [required]" in text
    assert "--domain [anime|human] The domain of the images. [required]" in text
    assert "--limit INTEGER RANGE Most images to take. [default: 1000; x>=1]" in text
    assert "haar, mtcnn, strict." in " ".join(command("detect", "--help").stdout.split())


@pytest.mark.parametrize(
    ("words", "toml", "complaint"),
    [
        (["dark", "--min-brightness", "300"], "[dark]\nmin_brightness = 300", "255"),
        (
            ["detect", "--detector", "strict:depth=3"],
            '[detect]\ndetector = "strict:depth=3"',
            "unknown key 'depth'; known keys: max_side, min_neighbors",
        ),
        (
            ["detect", "--detector", "strict:min_neighbors=0"],
            '[detect]\ndetector = "strict:min_neighbors=0"',
            "min_neighbors is '0': expected int >= 1",
        ),
    ],
)
def test_their_mistakes_are_named(
    command: Command, tmp_path: Path, words: list[str], toml: str, complaint: str
) -> None:
    (tmp_path / "f2a.toml").write_text(toml)
    for done in (command(*words), command("run", "--dry-run")):
        assert done.returncode == 2
        assert complaint in done.stderr


def test_a_run_leaves_out_stages_of_other_packages_that_it_does_not_name(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "f2a.toml").write_text('[listed]\nfile = "photos/list.txt"\ndomain = "human"\n')
    assert "Dark" not in command("run", "--dry-run").stdout
    assert command("run").returncode == 3
    status = command("status").stdout
    assert "next: f2a-train train" in status
    # Once it has run it belongs to the chain.
    assert command("dark").returncode == 0
    assert command("crop", "--size", "32").returncode == 0
    assert "next: f2a-data dark" in command("status").stdout
    assert "run f2a-data dark first" in command("dedup").stderr


def test_a_stage_after_one_that_is_not_there_is_named(command: Command, installed: Path) -> None:
    module = installed / "f2a_examples" / "dark.py"
    text = module.read_text()
    _rewrite(module, text.replace('"crop"', '"wash"'))
    try:
        done = command("status")
        assert done.returncode == 2
        assert "f2a_examples.dark: the stage 'dark' runs after 'wash', which is not installed" in done.stderr
        _rewrite(module, "import nothing_of_that_name\n")
        assert "repair or uninstall its package" in command("status").stderr
        assert "listed" in command("--help").stdout  # the rest goes on
    finally:
        _rewrite(module, text)


def _rewrite(module: Path, text: str) -> None:
    """Write it and drop the bytecode: Python takes it for that of a text as long, of the same second."""
    module.write_text(text)
    shutil.rmtree(module.parent / "__pycache__", ignore_errors=True)
