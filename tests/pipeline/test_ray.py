"""The Ray engine on a real cluster of two nodes, one of which is killed in the middle of the work."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from commands import Runner
from f2a_data.sources.folder import Folder
from f2a_data.stages.crop import Crop
from f2a_data.stages.detect import Detect
from f2a_demo.drawing import draw
from f2a_engine import runner
from f2a_engine.collect import collect
from f2a_faces.images import encode_png
from f2a_manifests import Domain, ExitCode, Workspace

SOURCES, DRAWINGS = 6, 2

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="NO RAY TESTS: pip install ray")


@pytest.fixture
def cluster() -> Iterator["subprocess.Popen[str]"]:
    """A process that holds a cluster; its first line is the address."""
    script = Path(__file__).with_name("ray_cluster.py")
    command = [sys.executable, str(script)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        process.communicate()


def _address(cluster: "subprocess.Popen[str]") -> str:
    """Its first line that is one; Ray prints some of its own."""
    assert cluster.stdout is not None
    return next(line.strip() for line in cluster.stdout if re.fullmatch(r"[\d.]+:\d+", line.strip()))


@pytest.fixture
def collected(tmp_path: Path) -> Workspace:
    """Several shards: each import makes its own."""
    workspace = Workspace(tmp_path / "collected")
    for number in range(SOURCES):
        folder = tmp_path / f"drawn{number}"
        folder.mkdir()
        for seed in range(DRAWINGS):
            (folder / f"{seed}.png").write_bytes(encode_png(draw(10 * number + seed).pixels))
        collect(Folder(folder, Domain.ANIME), workspace)
    return workspace


def _tables(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in workspace.manifests.glob("*.csv")}


@pytest.mark.timeout(900)
def test_a_cluster_that_loses_a_node_writes_the_same_manifests_as_one_process(
    collected: Workspace, tmp_path: Path, cluster: "subprocess.Popen[str]"
) -> None:
    other = Workspace(tmp_path / "other")
    shutil.copytree(collected.root, other.root)
    for stage in (Detect(), Crop()):
        runner.run(stage, collected)
    assert cluster.stdin is not None
    address = _address(cluster)
    command = [sys.executable, "-m", "f2a_data", "detect", "--engine", "ray", "--ray-address", address]
    child = subprocess.Popen([*command, "--workspace", str(other.root)])
    while not list(other.shards.glob("detect/*.parquet")) and child.poll() is None:
        time.sleep(0.05)
    cluster.stdin.write("kill\n")
    cluster.stdin.flush()
    assert child.wait(600) == ExitCode.OK
    command[3] = "crop"
    assert subprocess.run([*command, "--workspace", str(other.root)], check=False).returncode == ExitCode.OK
    assert _tables(other) == _tables(collected)


def test_without_a_cluster_there_is_one_line(collected: Workspace, run_command: Runner) -> None:
    words = ("crop", "--engine", "ray", "--ray-address", "127.0.0.1:1", "--workspace", collected.root)
    runner.run(Detect(), collected)
    done = run_command("f2a-data", *words)
    assert done.returncode == ExitCode.USAGE
    assert "no Ray cluster at 127.0.0.1:1" in done.stderr.splitlines()[-1]
