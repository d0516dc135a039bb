"""The engine for one machine: runs tasks in this process or in several.

It uses `concurrent.futures`, because `multiprocessing.Pool` hangs when a worker is killed.
"""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing import connection, resource_tracker
from typing import Any, Generic, TypeVar

import cv2

from f2a_engine.engines import Tick, Work
from f2a_manifests import FatalError

T = TypeVar("T")
R = TypeVar("R")

_SPAWN = multiprocessing.get_context("spawn")  # a forked copy of a threaded process can deadlock
_POLL = 0.2  # seconds between updates of the progress
_WAITING = -1  # on the board: the task has not started
_DEATHS = 2  # of a process at the same image, before the image is skipped
_DYING = "worker processes keep dying, at whatever image; use fewer --workers if memory is short"
_board: Any = None  # in a worker: images done, by the task's place


@dataclass(frozen=True, slots=True)
class Local:
    """Processes on this machine.

    Attributes:
        workers: how many; 1 means this process.
    """

    workers: int = 1

    def run(self, work: Work[T, R], tasks: Iterable[T], tick: Tick) -> Iterator[R]:
        """See `f2a_engine.engines.Engine`.

        A worker that dies (a crash in a decoder, the kernel's out-of-memory killer) takes its tasks
        with it. They are repeated one by one; an image at which a process dies twice is skipped.
        """
        if self.workers == 1:
            yield from (work(task, tick, frozenset()) for task in tasks)
            return
        source, early_deaths = iter(tasks), 0
        while early_deaths <= _DEATHS:
            pool = _Pool(work, self.workers, tick)
            yield from pool.run(source)
            for task, at in pool.lost:
                yield alone(work, task, tick, at)
            if not pool.lost and not pool.waiting:
                return
            early_deaths = 0 if pool.lost else early_deaths + 1
            source = chain(pool.waiting, source)
        raise FatalError(_DYING)


@contextmanager
def processes(workers: int, start: Callable[[T], None], argument: T) -> Iterator[ProcessPoolExecutor]:
    """Processes for `ProcessPoolExecutor.map`, for work in bits that are too small for a task.

    Args:
        workers: how many.
        start: is called in each of them first.
        argument: its argument.
    """
    executor = _executor(workers, start, argument)
    try:
        with _uninterrupted():
            executor.submit(int)  # starts the processes
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def alone(work: Work[T, R], task: T, tick: Tick, at: int = _WAITING) -> R:
    """Run one task in a separate process, and repeat it if the process dies.

    Args:
        work: the work.
        task: its task.
        tick: see `Work`.
        at: the image at which a process has died before.

    Raises:
        FatalError: the process keeps dying.
    """
    deaths = Counter([at])
    while max(deaths.values()) <= _DEATHS:
        dead = frozenset(image for image, times in deaths.items() if times >= _DEATHS)
        pool = _Pool(work, 1, tick)
        results = list(pool.run(iter([task]), dead))
        if results:
            return results[0]
        deaths[pool.lost[0][1] if pool.lost else _WAITING] += 1
    raise FatalError(_DYING)


@dataclass(slots=True)
class _Pool(Generic[T, R]):
    """Processes that work until the tasks end or one of them dies.

    Attributes:
        lost: tasks that were running when a process died, and the number of images they had done.
        waiting: tasks that were submitted and had not started.
    """

    work: Work[T, R]
    workers: int
    tick: Tick
    lost: list[tuple[T, int]] = field(default_factory=list)
    waiting: list[T] = field(default_factory=list)
    _reported: int = 0
    _finished: int = 0

    def run(self, source: Iterator[T], dead: frozenset[int] = frozenset()) -> Iterator[R]:
        free = list(range(self.workers + 1))  # one more, so that no worker waits for the next task
        board = _SPAWN.Array("q", [_WAITING] * len(free), lock=False)
        executor = _executor(self.workers, _take_board, board)
        running: dict[Future[R], tuple[T, int]] = {}
        broken = False
        try:
            while True:
                while free and not broken and (task := next(source, None)) is not None:
                    place = free.pop()
                    board[place] = _WAITING
                    running[_submit(executor, self.work, task, place, dead)] = task, place
                if not running:
                    return
                done, _ = wait(running, timeout=_POLL, return_when=FIRST_COMPLETED)
                self._report(board, running.values())
                for future in done:
                    task, place = running.pop(future)
                    free.append(place)
                    if isinstance(future.exception(), BrokenProcessPool):
                        broken = True
                        self._lose(task, board[place])
                    else:
                        self._finished += max(board[place], 0)
                        yield future.result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)

    def _lose(self, task: T, at: int) -> None:
        if at == _WAITING:
            self.waiting.append(task)
        else:
            self.lost.append((task, at))

    def _report(self, board: Any, running: Iterable[tuple[T, int]]) -> None:  # noqa: ANN401 -- ctypes
        images = self._finished + sum(max(board[place], 0) for _, place in running)
        if images > self._reported:
            self.tick(images - self._reported)
            self._reported = images


def _submit(
    executor: ProcessPoolExecutor, work: Work[T, R], task: T, place: int, dead: frozenset[int]
) -> Future[R]:
    try:
        with _uninterrupted():  # it starts the processes
            return executor.submit(_run, work, task, place, dead)
    except BrokenProcessPool as error:
        failed: Future[R] = Future()
        failed.set_exception(error)
        return failed


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until the end; processes that start here never see it, not even while they import."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # to start it later would let the signal through
    came: list[int] = []
    here = threading.current_thread() is threading.main_thread()
    # The mask is for the new processes. Here any other thread can still get the signal.
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number)) if here else None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if here:
            signal.signal(signal.SIGINT, handler or signal.SIG_DFL)
        for number in came:
            signal.raise_signal(number)


def _run(work: Work[T, R], task: T, place: int, dead: frozenset[int]) -> R:
    board = _board
    board[place] = 0

    def tick(images: int) -> None:
        board[place] += images

    return work(task, tick, dead)


def _take_board(board: Any) -> None:  # noqa: ANN401 -- ctypes
    global _board  # noqa: PLW0603 -- shared with the parent process
    _board = board


def _executor(workers: int, start: Callable[[T], None], argument: T) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, mp_context=_SPAWN, initializer=_start_worker, initargs=(start, argument)
    )


def _start_worker(start: Callable[[T], None], argument: T) -> None:
    """One core each; the parent handles Ctrl-C; no orphan when the parent is killed."""
    start(argument)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
