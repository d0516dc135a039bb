"""Whatever is killed at whatever moment, the manifests come out the same, byte by byte."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from commands import Runner, start_run
from f2a_demo.drawing import draw
from f2a_faces.images import encode_png

KILLS = int(os.environ.get("F2A_KILLS", "4"))
SOURCES, DRAWINGS = 4, 3
WITH = '[detect]\ndetector = "f2a:threshold=0.4"\n[crop]\nsize = 64\n'
OTHER = '[detect]\ndetector = "f2a:threshold=0.5"\n[crop]\nsize = 96\n'

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds workers below /proc")


@pytest.mark.timeout(600 + 120 * KILLS)
def test_random_kills_of_parent_and_workers_lose_nothing(tmp_path: Path, run_command: Runner) -> None:
    """All sources and stages run again and again, with one or other options, until killed enough."""
    _draw(tmp_path)
    calm, killed = (_configured(tmp_path, name) for name in ("calm", "killed"))
    began = time.monotonic()
    assert run_command("f2a-data", "run", "--config", calm[WITH]).returncode == 0
    seconds, dice, kills = time.monotonic() - began, random.Random(), 0
    while kills < KILLS:
        kills += _kills(killed[dice.choice((WITH, OTHER))], seconds, dice)
    done = run_command("f2a-data", "run", "--config", killed[WITH])
    assert done.returncode == 0, done.stderr
    assert _tables(tmp_path / "killed") == _tables(tmp_path / "calm")
    assert run_command("f2a-data", "verify", "--workspace", tmp_path / "killed").returncode == 0


def _kills(config: Path, seconds: float, dice: random.Random) -> int:
    """Start a run and kill workers of it at random, in the end itself; how often something was killed."""
    kills = 0
    with start_run(config) as parent:
        while kills < KILLS and parent.poll() is None:
            time.sleep(dice.uniform(0, seconds))
            victim = dice.choice([parent.pid, *_workers(parent.pid)])
            kills += _kill(victim)
        parent.kill()
    return kills


def _workers(parent: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()))
    except OSError:  # it has ended
        return []


def _kill(process: int) -> bool:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _tables(workspace: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (workspace / "manifests").glob("*.csv")}


def _draw(folder: Path) -> None:
    for source in range(SOURCES):
        (folder / f"drawn{source}").mkdir()
        for seed in range(DRAWINGS):
            pixels = draw(10 * source + seed).pixels
            (folder / f"drawn{source}" / f"{seed}.png").write_bytes(encode_png(pixels))


def _configured(folder: Path, name: str) -> dict[str, Path]:
    """A file for each set of options, of one workspace."""
    sources = "".join(f'[[folder]]\npath = "drawn{n}"\ndomain = "anime"\n' for n in range(SOURCES))
    files = {}
    for number, options in enumerate((WITH, OTHER)):
        files[options] = folder / f"{name}{number}.toml"
        files[options].write_text(f'workspace = "{name}"\n{options}{sources}')
    return files
