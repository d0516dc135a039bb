"""The commands of sources and stages: made from their classes, and quick to list."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from f2a_data.cli import cli
from f2a_engine.sources import SOURCES
from f2a_engine.stages import STAGES, order
from f2a_manifests.options import described, options

ALL = [*SOURCES.names(), *STAGES.names()]
SHARED = {"workspace", "workers", "engine", "ray_address", "dry_run"}


def test_each_stage_follows_the_one_that_it_names() -> None:
    assert [stage.name for stage in order()] == ["detect", "crop", "dedup", "clean", "review", "split"]


@pytest.mark.parametrize("name", ALL)
def test_the_command_line_has_every_option_of_the_file(name: str) -> None:
    cls = (SOURCES if name in SOURCES.names() else STAGES).load(name)
    command = cli.get_command(click.Context(cli), name)
    assert command
    assert cls.name == name
    given = {parameter.name for parameter in command.params} - SHARED - {"apply", "replay"}
    assert given == options(cls).keys()
    assert described(cls)[1].keys() == given


def test_a_command_that_only_looks_imports_no_network_and_no_transform(tmp_path: Path) -> None:
    script = (
        "import sys; from f2a_data.cli import cli\n"
        f"try: cli(['status', '--workspace', {str(tmp_path)!r}])\nexcept SystemExit: pass\n"
        "print([name for name in ('scipy', 'onnxruntime', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_the_list_of_commands_imports_none_of_them() -> None:
    script = (
        "import sys; from f2a_data.cli import cli\n"
        "try: cli(['--help'])\nexcept SystemExit: pass\n"
        "print([name for name in ('numpy', 'cv2', 'onnxruntime', 'PIL', 'tqdm') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert re.search(r"crop +Crop the faces\.", done.stdout)
    assert done.stdout.endswith("[]\n")
