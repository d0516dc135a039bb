"""Requests to stop a run, which is saved after the current step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Never

from tqdm import tqdm

from f2a_methods import processes

STOPS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, a normal kill, and a closed terminal."""


@contextmanager
def stop_signals(bar: "tqdm[Never]") -> Iterator[threading.Event]:
    """Let the signals in `STOPS` set an event; a second one ends the process immediately.

    With several processes further ones change nothing, because `torchrun` and a scheduler may both send one;
    `torchrun` kills what has not ended after half a minute.
    """
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped  # only the main thread may handle signals
        return
    numbers = [getattr(signal, name) for name in STOPS if hasattr(signal, name)]
    found = {int(number): signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in found.items() if handler != signal.SIG_IGN}  # nohup's

    def stop(number: int, _: FrameType | None) -> None:
        stopped.set()
        bar.disable = True  # its terminal may be gone
        if processes.world_size() == 1:
            signal.signal(number, before[number])

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
