"""The processes that train one run together, started by ``torchrun``; without it there is one.

Every process has the same networks and the same random state. A batch is divided by stride: process r of n
has the faces r, r + n, r + 2n, ... The concatenation of two batches is then divided like each of them, and so
are random numbers. A run's losses depend on the number of processes only by rounding.
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

# Its functions have the process group as a default argument. If it is imported later, as by
# `DistributedDataParallel`, they hold a group that `process_group` has destroyed.
import torch.distributed.nn
from torch import Tensor

from f2a_manifests import ExitCode, FatalError

T = TypeVar("T")
PATIENCE = timedelta(hours=6)
"""How long a process waits for the others: one may be reading a million faces for the first time."""


def world_size() -> int:
    """The number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """This process' number, from 0; process 0 writes the run's files."""
    return dist.get_rank() if dist.is_initialized() else 0


def local_rank() -> int:
    """This process' number on its machine, from 0: the number of its GPU."""
    return int(os.environ.get("LOCAL_RANK", "0"))


@contextmanager
def process_group() -> Iterator[None]:
    """Join the processes that ``torchrun`` started, and leave them in the end; alone, do nothing.

    Tensors on GPUs are exchanged with NCCL, everything else with Gloo. Nothing may hold the group after this:
    a thread of it that outlives the interpreter can abort the process.
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
        traceback.clear_frames(error.__traceback__)  # they have the networks, which have the group
        raise
    finally:
        gc.collect()  # the networks are in cycles
        dist.destroy_process_group()


def shard_slice() -> slice:
    """The places of this process' faces in the whole batch."""
    return slice(rank(), None, world_size())


def shard(batch: Tensor) -> Tensor:
    """This process' part of a whole batch: (N, ...) to (N / processes, ...)."""
    return batch[shard_slice()]


def sample(distribution: Callable[..., Tensor], faces: int, *shape: int, device: torch.device) -> Tensor:
    """Random numbers for this process' faces, the same as a single process would sample for them.

    Args:
        distribution: `torch.rand` or `torch.randn`.
        faces: how many this process has.
        shape: of one face's numbers.
        device: where; its generator is used.
    """
    return shard(distribution(faces * world_size(), *shape, device=device))


def random_each(faces: Tensor) -> Tensor:
    """A random number in [0, 1) for each face, (N, 1, 1, 1); see `sample`."""
    return sample(torch.rand, len(faces), 1, 1, 1, device=faces.device)


def all_gather(part: Tensor) -> Tensor:
    """The whole batch from the parts of all processes, the reverse of `shard`; without gradients."""
    if world_size() == 1:
        return part
    parts = [torch.empty_like(part, memory_format=torch.contiguous_format) for _ in range(world_size())]
    dist.all_gather(parts, part.contiguous())
    return torch.stack(parts, 1).flatten(0, 1)


def all_mean(value: Tensor) -> Tensor:
    """The mean over all processes, the same bits in each; without gradients."""
    if world_size() == 1:
        return value
    total = value.detach().clone()
    dist.all_reduce(total)
    return total / world_size()


def run_on_first(function: Callable[[], T]) -> T:
    """Call a function in the first process only; all get its result, or end with its error.

    Args:
        function: its result must be picklable.

    Raises:
        FatalError: the function raised it. The other processes end silently with the same exit code.
    """
    if world_size() == 1:
        return function()
    outcome = [_call(function) if rank() == 0 else (None, None)]
    dist.broadcast_object_list(outcome, device=torch.device("cpu"))
    value, error = outcome[0]
    if error is not None:
        raise error if rank() == 0 else SystemExit(getattr(error, "code", ExitCode.FAILED))
    return value  # type: ignore[return-value]  # it is of that type where there is no error


def check_same(value: object) -> None:
    """Check that all processes have the same settings.

    Raises:
        FatalError: this one has others than the first.
    """
    first = run_on_first(lambda: pickle.dumps(value))
    if pickle.loads(first) != value:  # noqa: S301 -- from our own first process
        raise FatalError(
            f"process {rank()} has other settings or manifests than the first: give all the same command",
            ExitCode.USAGE,
        )


def check_divides(batch: int) -> None:
    """Check that the batch size is a multiple of the number of processes.

    Raises:
        FatalError: it is not.
    """
    run_on_first(lambda: _check_divides(batch))


def _check_divides(batch: int) -> None:
    if batch % world_size():
        raise FatalError(
            f"a batch of {batch} cannot be divided among {world_size()} processes: "
            f"choose a --batch-size that is a multiple of {world_size()}",
            ExitCode.USAGE,
        )


def _call(function: Callable[[], T]) -> tuple[T | None, Any]:
    try:
        return function(), None
    except (FatalError, OSError) as error:
        return None, error
