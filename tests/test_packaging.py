"""What is installed is what was built: the Dockerfile's lines, in a clean virtual environment."""

import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from f2a_publish.pixels import probe

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def _instructions() -> list[tuple[str, str]]:
    joined = DOCKERFILE.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_image_is_slim_non_root_and_keeps_its_workspace_outside() -> None:
    instructions = _instructions()
    assert instructions[0][1].startswith("python:3.11-slim")
    users = [value for name, value in instructions if name == "USER"]
    assert users
    assert users[-1] not in ("root", "0", "0:0")
    assert ("VOLUME", "/workspace") in instructions
    assert "F2A_WORKSPACE=/workspace" in DOCKERFILE
    last_user = max(n for n, (name, _) in enumerate(instructions) if name == "USER")
    assert not [name for name, _ in instructions[last_user:] if name == "RUN"]


def test_everything_that_is_copied_exists() -> None:
    for name, value in _instructions():
        if name == "COPY":
            assert all((ROOT / source).exists() for source in value.split()[:-1]), value


@pytest.mark.timeout(900)
def test_the_install_lines_work_in_a_clean_environment(tmp_path: Path) -> None:
    """The same pip lines as in the Dockerfile, on a copy of the files that it copies."""
    source = tmp_path / "src"
    source.mkdir()
    for name, value in _instructions():
        if name == "COPY":
            _copy(value.split()[:-1], source)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    lines = re.findall(r"python (-m pip install [^&]*)", DOCKERFILE.replace("\\\n", " "))
    assert len(lines) == 2
    for line in lines:
        words = shlex.split(line)
        done = subprocess.run(
            [str(python), *words, "--quiet"], cwd=source, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
    for command in ("f2a-data", "f2a-review", "f2a-train"):
        path = tmp_path / "venv" / "bin" / command
        done = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=True)
        assert re.match(rf"{command}, version \d", done.stdout)
    _check_contents(python)


def test_every_dependency_is_held_at_its_lower_bound(tmp_path: Path) -> None:
    lowest = runpy.run_path(str(ROOT / ".ci" / "lowest.py"))["lowest"]
    pyproject = tmp_path / "pyproject.toml"
    text = """[project]\ndependencies = ["click>=8.2", "pillow>=10.2"]
[project.optional-dependencies]\nold = ["pillow<12", "six==1.16"]\ndev = ["ruff"]\n"""
    pyproject.write_text(text)
    assert list(lowest(pyproject)) == ["click==8.2", "pillow==10.2", "six==1.16"]
    pyproject.write_text(text.replace("click>=8.2", "click<9"))
    with pytest.raises(ValueError, match=r"click<9 .* has no lower bound"):
        list(lowest(pyproject))


def _copy(names: list[str], target: Path) -> None:
    for name in names:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, target / name)


def _check_contents(python: Path) -> None:
    """The wheel has the files that are no Python: the page's and the report's; and the detectors work."""
    script = (
        "from importlib.resources import files\n"
        "assert list((files('f2a_ui') / 'static').iterdir())\n"
        "assert list((files('f2a_translate.serve') / 'static').iterdir())\n"
        "from f2a_translate.shipped import SHIPPED\n"
        "assert all(file.is_file() for file in SHIPPED.values())\n"
        "for package in ('f2a_page', 'f2a_inspect.report', 'f2a_train.experiments'):\n"
        "    assert list((files(package) / 'templates').iterdir())\n"
        "from importlib.util import find_spec\n"
        "assert find_spec('f2a_demo') is None  # the demo runs from a checkout\n"
        "from f2a_faces import detectors\n"
        "from f2a_faces.detectors.self_check import plain_face\n"
        "detectors.load('haar'); assert detectors.find_faces(plain_face(), detectors.load('f2a'))[1]\n"
        "from f2a_publish.pixels import probe; print(probe(64))\n"
        "import PIL; assert int(PIL.__version__.split('.')[0]) > 11  # the base needs no old Pillow"
    )
    done = subprocess.run(
        [str(python), "-c", script], check=True, cwd=python.parent, capture_output=True, text=True
    )
    # The newest Pillow crops as the oldest does, which the other tests run with.
    assert done.stdout.split() == [probe(64)]
