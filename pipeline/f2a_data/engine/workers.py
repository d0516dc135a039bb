"""Parallelism: a function over many items, in this process or in several.

`concurrent.futures` and not `multiprocessing.Pool`, because a Pool waits forever when one of its
workers is killed.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection
from typing import TypeVar

import cv2

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 8  # items a task: large enough to hide the pickling, small enough to lose little in a kill
WINDOW = 4  # tasks submitted for each worker: keeps them busy without holding all items at once


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """Stands for the result of an item that killed its worker process (twice)."""


def results(
    function: Callable[[T], R], items: Iterable[T], workers: int
) -> Iterator[tuple[T, R | WorkerDied]]:
    """Apply a function to every item.

    Args:
        function: picklable where ``workers > 1``; its exceptions come out of the iterator.
        items: consumed lazily.
        workers: processes; 1 means this process.

    Yields:
        Each item with its result, in any order. An item that kills a worker process (a crash in a
        decoder, the kernel's out-of-memory killer) is tried once more alone, then yields `WorkerDied`.
    """
    if workers == 1:
        yield from ((item, function(item)) for item in items)
        return
    source = iter(items)
    while True:
        lost: list[list[T]] = []
        yield from _pooled(function, source, workers, lost)
        if not lost:
            return
        for item in (item for chunk in lost for item in chunk):
            yield item, _alone(function, item)


def _pooled(
    function: Callable[[T], R], source: Iterator[T], workers: int, lost: list[list[T]]
) -> Iterator[tuple[T, R]]:
    """Run until the items end or a worker dies; put the chunks in flight at its death into ``lost``."""
    pool = _pool(workers)
    running: dict[Future[list[R]], list[T]] = {}
    try:
        while not lost:
            for chunk in _chunks(source, workers * WINDOW - len(running)):
                running[_submit(pool, function, chunk)] = chunk
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                chunk = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.append(chunk)
                else:
                    yield from zip(chunk, future.result(), strict=True)
        lost.extend(running.values())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, function: Callable[[T], R], chunk: list[T]) -> Future[list[R]]:
    try:
        return pool.submit(_run_chunk, function, chunk)
    except BrokenProcessPool as error:
        failed: Future[list[R]] = Future()
        failed.set_exception(error)
        return failed


def _alone(function: Callable[[T], R], item: T) -> R | WorkerDied:
    with _pool(1) as pool:
        try:
            return pool.submit(function, item).result()
        except BrokenProcessPool:
            return WorkerDied()


def _chunks(source: Iterator[T], count: int) -> Iterator[list[T]]:
    for _ in range(count):
        chunk = list(islice(source, CHUNK))
        if not chunk:
            return
        yield chunk


def _run_chunk(function: Callable[[T], R], chunk: list[T]) -> list[R]:
    return [function(item) for item in chunk]


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # a forked copy of a threaded process can deadlock
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)


def _start_worker() -> None:
    """One core each; the parent handles Ctrl-C; no orphan when the parent is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
