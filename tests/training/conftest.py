"""Small workspaces of drawn faces: discs with eyes on a plain ground; anime faces have inverted colours."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from f2a_faces.images import Pixels
from f2a_manifests import Domain, Workspace, write
from f2a_methods import from_preset
from f2a_train.engine.loop import Options, train
from f2a_train.generators.export import export
from workspaces import kept_face

PROGRAM = Path(sys.executable).with_name("f2a-train")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)  # tests run side by side; and tiny tensors are slower with two


def draw_face(rng: np.random.Generator, size: int, domain: Domain) -> Pixels:
    y, x = np.mgrid[:size, :size] / size
    face = np.full((size, size, 3), rng.integers(150, 250, 3), dtype=np.uint8)
    face[(x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.16] = rng.integers(60, 120, 3)
    for eye in (0.35, 0.65):
        face[(x - eye) ** 2 + (y - 0.45) ** 2 < 0.005] = 0
    return face if domain is Domain.HUMAN else np.asarray(255 - face)


@dataclass
class Manifests:
    root: Path

    @property
    def human(self) -> Path:
        return self.root / "manifests" / "human.csv"

    @property
    def anime(self) -> Path:
        return self.root / "manifests" / "anime.csv"


@pytest.fixture
def make_workspace(tmp_path: Path) -> Callable[..., Manifests]:
    def make(name: str = "w", size: int = 32, train: int = 6, val: int = 2) -> Manifests:
        return fill(Workspace(tmp_path / name), size, train, val)

    return make


@pytest.fixture(scope="session")
def fill_workspace() -> Callable[..., Manifests]:
    """`fill`, for fixtures that outlive a test."""
    return fill


def fill(workspace: Workspace, size: int, train: int, val: int) -> Manifests:
    workspace.create()
    for number, domain in enumerate(Domain):
        rng = np.random.default_rng(number)
        splits = ["train"] * train + ["val"] * val
        rows = [kept_face(workspace, draw_face(rng, size, domain), domain, split) for split in splits]
        write(workspace.faces_csv(domain), rows)
    return Manifests(workspace.root)


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two steps, 64 px, beside its workspace; nobody writes there."""
    root = tmp_path_factory.mktemp("tiny")
    data = fill(Workspace(root / "w"), size=64, train=2, val=2)
    config = from_preset("paper", width=4, steps=2)
    train(data.human, data.anime, root / "run", config, Options(device="cpu", progress=False))
    return root / "run"


@pytest.fixture(scope="session")
def tiny_onnx(tiny_run: Path) -> Path:
    """Its generator from human to anime, exported."""
    path = tiny_run.parent / "generator.onnx"
    export(tiny_run, path)
    return path


@pytest.fixture
def f2a_train() -> Callable[..., "subprocess.Popen[str]"]:
    """Start the real command; warnings are errors there too."""

    def start(*arguments: str | Path) -> "subprocess.Popen[str]":
        quiet = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "PYTHONWARNINGS": "error"}
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | quiet,
        )

    return start
