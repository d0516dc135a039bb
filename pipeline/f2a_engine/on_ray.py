"""The engine for a Ray cluster. Ray handles scheduling, retries and lost nodes.

Every node needs this package and the workspace under the same path.
"""

import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2

from f2a_engine.engines import Tick, Work
from f2a_engine.local import alone
from f2a_manifests import ExitCode, FatalError

try:
    import ray
    from ray.exceptions import OutOfMemoryError, RayTaskError, WorkerCrashedError
except ImportError:
    hint = "the engine ray is not installed: pip install 'face2anime-toolkit[ray]'"
    raise FatalError(hint, ExitCode.USAGE) from None

T = TypeVar("T")
R = TypeVar("R")

_IN_FLIGHT = 2  # tasks for each core, so that none is idle
_HOST_PORT = re.compile(r"([^:/]+):(\d{1,5})")
_PATIENCE = 10  # seconds to wait for the head's answer
_RETRIES = 3  # of a task whose worker or node is lost


@dataclass(frozen=True, slots=True)
class Ray:
    """Runs tasks on an existing cluster.

    Attributes:
        address: ``host:port`` of its head, ``ray://host:port``, or ``auto`` for one on this machine.
    """

    address: str = "auto"

    def run(self, work: Work[T, R], tasks: Iterable[T], tick: Tick) -> Iterator[R]:
        """See `f2a_engine.engines.Engine`.

        A task whose worker keeps dying is run in a separate process on its node, which finds the image that
        kills it, see `f2a_engine.local.alone`.
        """
        _connect(self.address)
        shared, source = ray.put(work), iter(tasks)
        most = _IN_FLIGHT * max(int(ray.cluster_resources().get("CPU", 1)), 1)
        running: dict[Any, T] = {}
        while True:
            while len(running) < most and (task := next(source, None)) is not None:
                running[_run.remote(shared, task)] = task
            if not running:
                return
            [reference], _ = ray.wait(list(running), num_returns=1)
            task = running.pop(reference)
            try:
                images, result = ray.get(reference)
            except (WorkerCrashedError, OutOfMemoryError):
                running[_run_alone.remote(shared, task)] = task
            except RayTaskError as error:
                raise error.cause from None
            else:
                tick(images)
                yield result


def _connect(address: str) -> None:
    if ray.is_initialized():
        return
    try:
        if found := _HOST_PORT.fullmatch(address):  # Ray itself would try for minutes
            socket.create_connection((found[1], int(found[2])), timeout=_PATIENCE).close()
        ray.init(address=address, log_to_driver=False, logging_level="warning", configure_logging=False)
    except (OSError, ValueError) as error:
        problem = str(error).splitlines()[0]
        raise FatalError(f"no Ray cluster at {address}: {problem}", ExitCode.USAGE) from None


@ray.remote(num_cpus=1, max_retries=_RETRIES)  # type: ignore[untyped-decorator]
def _run(work: Work[T, R], task: T) -> tuple[int, R]:
    cv2.setNumThreads(1)
    return _counted(lambda tick: work(task, tick, frozenset()))


@ray.remote(num_cpus=1, max_retries=_RETRIES)  # type: ignore[untyped-decorator]
def _run_alone(work: Work[T, R], task: T) -> tuple[int, R]:
    return _counted(lambda tick: alone(work, task, tick))


def _counted(run: Any) -> tuple[int, Any]:  # noqa: ANN401 -- whatever the work returns
    images = 0

    def tick(more: int) -> None:
        nonlocal images
        images += more

    result = run(tick)
    return images, result
