"""The commands of docs/cluster.md, run as they are but for what this machine lacks: GPUs, Slurm, time."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from torch.distributed.run import get_args_parser

pytestmark = pytest.mark.timeout(900)  # starting torch several times takes long on a busy machine
PAGE = Path(__file__).resolve().parents[2] / "docs" / "cluster.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
TRAINING = [block for block in BLOCKS if "torchrun" in block]
(SLURM,) = (block for block in TRAINING if "#SBATCH" in block)
(TWO,) = (block for block in TRAINING if "--device cpu" in block)
SMALL = "--steps 2 --config small.toml --batch-size 4 --device cpu"
TOOLS = {
    "scontrol": '#!/bin/sh\n[ "$*" = "show hostnames nodes[1-2]" ] && printf "127.0.0.1\\n127.0.0.2\\n"\n',
    # As on two machines: both tasks run the command, and srun fails if one does.
    "srun": '#!/bin/sh\n"$@" &\nfirst=$!\n"$@" && wait $first\n',
}


@pytest.fixture
def shell(make_workspace: Callable, tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run a script in a folder with a workspace."""
    make_workspace("workspace", size=16)
    (tmp_path / "small.toml").write_text('preset = "paper"\nwidth = 4\n')
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in TOOLS.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    quiet = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "PATH": path}

    def run(script: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | quiet | variables
        command = ["bash", "-e", "-c", script]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("block", TRAINING)
def test_torchrun_knows_its_options(block: str) -> None:
    words = block.replace("\\\n", " ").split("torchrun ")[1].split()
    parsed = get_args_parser().parse_args(words)
    assert (parsed.training_script, parsed.training_script_args[0], parsed.no_python) == (
        "f2a-train",
        "train",
        True,
    )


def test_two_processes_on_the_cpu(shell: Callable, tmp_path: Path) -> None:
    done = shell(TWO.rstrip() + " --config small.toml\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "workspace/runs/two/losses.csv").read_text().count("\n") == 3


def test_the_slurm_script_on_two_machines_that_are_this_one(shell: Callable, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = SLURM.replace("29500", str(port)).replace("--nproc-per-node 8", "--nproc-per-node 1")
    script = script.replace("--batch-size 256", SMALL)
    assert script.count(SMALL) == script.count(str(port)) == 1
    variables = {"SLURM_JOB_NODELIST": "nodes[1-2]", "SLURM_NNODES": "2", "SLURM_JOB_ID": "7"}
    done = shell(script, **variables)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "workspace/runs/cluster/losses.csv").read_text().count("\n") == 3
