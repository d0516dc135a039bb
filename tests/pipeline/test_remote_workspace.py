"""A whole run with the workspace and its sources on an S3 server."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands import Runner
from f2a_demo.drawing import draw
from f2a_faces.images import encode_png
from s3_server import S3

OPTIONS = '[detect]\ndetector = "f2a:threshold=0.4"\n[crop]\nsize = 64\n'
KILLS = int(os.environ.get("F2A_KILLS", "2"))


@pytest.mark.timeout(600 + 120 * KILLS)
def test_a_run_in_a_bucket_killed_and_repeated(s3: S3, tmp_path: Path, run_command: Runner) -> None:
    """Killed at random moments, it gives the manifests of a run here; another machine has nothing to do."""
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    for seed in range(6):
        (drawn / f"{seed}.png").write_bytes(encode_png(draw(seed).pixels))
    address = s3.put_folder(drawn, "drawn")
    _configure(tmp_path / "here.toml", "here", "drawn")
    _configure(tmp_path / "there.toml", "s3://bucket/set", address)
    began = time.monotonic()
    assert run_command("f2a-data", "run", "--config", "here.toml").returncode == 0
    seconds, one, two = time.monotonic() - began, str(tmp_path / "one"), str(tmp_path / "two")
    for _ in range(KILLS):
        _kill_somewhere(tmp_path / "there.toml", random.uniform(0, 2 * seconds), F2A_CACHE=one)
    done = run_command("f2a-data", "run", "--config", "there.toml", F2A_CACHE=one)
    assert done.returncode == 0, done.stderr
    here = {path.name: path.read_bytes() for path in (tmp_path / "here" / "manifests").glob("*.csv")}
    assert {name: s3.get(f"set/manifests/{name}") for name in here} == here
    before = s3.get("set/index.json")
    words = ("--workspace", "s3://bucket/set")
    verified = run_command("f2a-data", "verify", *words, F2A_CACHE=two)
    assert verified.returncode == 0, verified.stderr
    for stage in ("detect", "crop"):
        again = run_command("f2a-data", stage, *_options(stage), *words, F2A_CACHE=two)
        assert again.returncode == 0, again.stderr
    assert s3.get("set/index.json") == before


def test_a_source_in_a_workspace_in_a_bucket(s3: S3, tmp_path: Path, run_command: Runner) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(encode_png(draw(1).pixels))
    environment = {"F2A_CACHE": str(tmp_path / "cache"), "F2A_WORKSPACE": "s3://bucket/small"}
    done = run_command("f2a-data", "folder", "photos", "--domain", "anime", **environment)
    assert done.returncode == 0, done.stderr
    assert b"a.png" in s3.get("small/manifests/images.csv")
    status = run_command("f2a-data", "status", **environment)
    assert status.returncode == 0, status.stderr
    removed = run_command("f2a-data", "remove", "--source", "photos", "--yes", **environment)
    assert removed.returncode == 0, removed.stderr
    assert not [key for key in s3.keys("small/") if key.startswith("small/images/")]
    refused = run_command("f2a-data", "status", **environment | {"F2A_WORKSPACE": "s3://k:secret@bucket/x"})
    assert refused.returncode == 2
    assert "secret" not in refused.stderr


def _configure(path: Path, workspace: str, source: str) -> None:
    folder = f'[folder]\npath = "{source}"\ndomain = "anime"\nsource = "drawn"\n'
    path.write_text(f'workspace = "{workspace}"\n{OPTIONS}{folder}')


def _options(stage: str) -> list[str]:
    return {"detect": ["--detector", "f2a:threshold=0.4"], "crop": ["--size", "64"]}[stage]


def _kill_somewhere(config: Path, seconds: float, **environment: str) -> None:
    command = [str(Path(sys.executable).with_name("f2a-data")), "run", "--config", str(config)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | environment, **quiet) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
