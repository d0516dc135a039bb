"""Compiled networks: the same step, where there is a compiler, and a clear word where there is none."""

import shutil

import pytest
import torch

from f2a_manifests import ExitCode, FatalError
from f2a_methods import from_preset
from f2a_train.engine.checkpoint import RunOrigin
from f2a_train.engine.run import Run

ORIGIN = RunOrigin(16, "", "", "", "")


def begin(**changes: object) -> Run:
    small = {"generator": "resnet9", "width": 2, "dropout": 0.0, "batch_size": 2}
    return Run(from_preset("paper", **small | changes), ORIGIN, torch.device("cpu"))


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")  # the compiler warns of its own insides
@pytest.mark.skipif(not shutil.which("g++"), reason="there is no C++ compiler")
def test_compiled_networks_learn_what_the_others_do() -> None:
    """A minute of computing until C++ and its kernels are there, so that there is one such test only."""
    human, anime = (
        torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(n)) * 2 - 1 for n in range(2)
    )
    plain, compiled = begin(), begin(compile=True)
    for _ in range(2):
        assert compiled.learn(human, anime) == pytest.approx(plain.learn(human, anime), abs=2e-3)
    names = [name.replace("_orig_mod.", "") for name in compiled.checkpoint().networks]
    assert list(plain.checkpoint().networks) == names == list(compiled.checkpoint().networks)


@pytest.mark.filterwarnings("ignore")  # as above
@pytest.mark.skipif(not shutil.which("g++"), reason="there is no C++ compiler")
@pytest.mark.parametrize(("generator", "compiled"), [("resnet9", 4), ("unet", 0)])
def test_on_a_cpu_unets_are_left_alone_and_that_is_said(
    generator: str, compiled: int, caplog: pytest.LogCaptureFixture
) -> None:
    networks = begin(generator=generator, compile=True).networks
    assert sum(bool(network._compiled_call_impl) for network in networks.children()) == compiled
    assert ("nothing is compiled" in caplog.text) is (compiled == 0)


def test_without_a_compiler_that_is_said_before_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    begin()
    with pytest.raises(FatalError, match=r"needs a C\+\+ compiler") as caught:
        begin(compile=True)
    assert caught.value.code is ExitCode.USAGE
