"""A script for torchrun: trainings one after the other in the same processes, as a JSON file lists them.

What a process says about a training that is refused goes into a file of its own beside the training's folder.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from f2a_manifests import FatalError
from f2a_methods import from_preset, processes
from f2a_train.engine.loop import Options, train


@dataclass(frozen=True)
class Job:
    human: str
    anime: str
    out: str
    preset: str
    settings: dict[str, Any]

    def to(self, step: int, out: Path) -> "Job":
        return replace(self, out=str(out), settings=self.settings | {"steps": step})

    def run(self) -> None:
        config = from_preset(self.preset, **self.settings)
        train(
            Path(self.human), Path(self.anime), Path(self.out), config, Options(device="cpu", progress=False)
        )

    def run_or_say(self) -> None:
        """Run it, or write down what a user would read or be told by the exit code."""
        try:
            self.run()
        except (FatalError, SystemExit) as error:
            Path(f"{self.out}.{processes.rank()}").write_text(f"{type(error).__name__}: {error}")


@contextmanager
def doubles() -> Iterator[None]:
    """Compute in double precision, so that no error can be taken for rounding."""
    single = torch.Tensor.float
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)
        torch.Tensor.float = single  # type: ignore[method-assign]


def main() -> None:
    torch.set_num_threads(1)
    with doubles(), processes.process_group():
        for job in json.loads(Path(sys.argv[1]).read_text()):
            Job(**job).run_or_say()
    left = {thread.read_text().strip() for thread in Path("/proc/self/task").glob("*/comm")}
    if any("gloo" in name for name in left):
        sys.exit(f"threads of the process group are left, which can abort the process at its end: {left}")


if __name__ == "__main__":
    main()
