"""The processes that train one run together, started by ``torchrun``; without it there is one.

Every process has the same networks and the same random state. A batch is divided by stride: process r of n
has the faces r, r + n, r + 2n, ... The concatenation of two batches is then divided like each of them, and so
is whatever is drawn for the whole batch. A run's losses depend on the number of processes only by rounding.
"""

import gc
import logging
import os
import pickle
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist

# Its functions have the process group as a default argument. Were it imported later, as
# `DistributedDataParallel` does, they would hold a group that `joined` has left.
import torch.distributed.nn
from torch import Tensor

from f2a_manifests import ExitCode, FatalError

T = TypeVar("T")
PATIENCE = timedelta(hours=6)
"""How long a process waits for the others: one may be reading a million faces for the first time."""


def count() -> int:
    """How many there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which one this is, from 0; the first one writes the run's files."""
    return dist.get_rank() if dist.is_initialized() else 0


def local_rank() -> int:
    """Which one it is on this machine, from 0: the number of its GPU."""
    return int(os.environ.get("LOCAL_RANK", "0"))


@contextmanager
def joined() -> Iterator[None]:
    """Join the processes that ``torchrun`` started, and leave them in the end; alone, do nothing.

    Tensors on GPUs are exchanged with NCCL, everything else with Gloo. In the end nothing may hold the group:
    its threads end with it, and one that lives longer than the interpreter can abort the process.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ or dist.is_initialized():
        yield
        return
    gpus = torch.cuda.is_available()
    dist.init_process_group("cpu:gloo,cuda:nccl" if gpus else "gloo", timeout=PATIENCE)
    if rank() > 0:  # the first one says it for all
        logging.disable(logging.WARNING)
    try:
        yield
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)  # which have the networks, and they the group
        raise
    finally:
        gc.collect()  # the networks are in cycles
        dist.destroy_process_group()


def part() -> slice:
    """Where this process' faces are in a whole batch."""
    return slice(rank(), None, count())


def own(whole: Tensor) -> Tensor:
    """This process' part of what a whole batch has, (N, ...) to (N / processes, ...)."""
    return whole[part()]


def drawn(draw: Callable[..., Tensor], faces: int, *shape: int, device: torch.device) -> Tensor:
    """Random numbers for this process' faces, drawn as one process draws them for the whole batch.

    Args:
        draw: `torch.rand` or `torch.randn`.
        faces: that this process has.
        shape: of one face's numbers.
        device: whose generator draws.
    """
    return own(draw(faces * count(), *shape, device=device))


def gathered(part: Tensor) -> Tensor:
    """The whole batch from every process' part, as `own` divides it; without gradients."""
    if count() == 1:
        return part
    parts = [torch.empty_like(part, memory_format=torch.contiguous_format) for _ in range(count())]
    dist.all_gather(parts, part.contiguous())
    return torch.stack(parts, 1).flatten(0, 1)


def mean(value: Tensor) -> Tensor:
    """The mean over all processes, the same bits in each; without gradients."""
    if count() == 1:
        return value
    total = value.detach().clone()
    dist.all_reduce(total)
    return total / count()


def from_first(function: Callable[[], T]) -> T:
    """Call a function in the first process alone; all get its result, or end with its error.

    Args:
        function: its result must be picklable.

    Raises:
        FatalError: it did, in the first process; the others end silently with the same exit code.
    """
    if count() == 1:
        return function()
    outcome = [_tried(function) if rank() == 0 else (None, None)]
    dist.broadcast_object_list(outcome, device=torch.device("cpu"))
    value, error = outcome[0]
    if error is not None:
        raise error if rank() == 0 else SystemExit(getattr(error, "code", ExitCode.FAILED))
    return value  # type: ignore[return-value]  # it is of that type where there is no error


def check_alike(what: object) -> None:
    """Check that all processes were given the same.

    Raises:
        FatalError: this one was given something else than the first.
    """
    first = from_first(lambda: pickle.dumps(what))
    if pickle.loads(first) != what:  # noqa: S301 -- from our own first process
        raise FatalError(
            f"process {rank()} has other settings or manifests than the first: give all the same command",
            ExitCode.USAGE,
        )


def check_divides(batch: int) -> None:
    """Check that a batch can be divided.

    Raises:
        FatalError: it cannot.
    """
    from_first(lambda: _check_divides(batch))


def _check_divides(batch: int) -> None:
    if batch % count():
        raise FatalError(
            f"a batch of {batch} cannot be divided among {count()} processes: "
            f"choose a --batch-size that is a multiple of {count()}",
            ExitCode.USAGE,
        )


def _tried(function: Callable[[], T]) -> tuple[T | None, Any]:
    try:
        return function(), None
    except (FatalError, OSError) as error:
        return None, error
