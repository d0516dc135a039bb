"""The options of a run that are not settings of its method."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from f2a_methods.config import OPTION, Mode, Positive

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run. Of these, only the device, the watchdog (``act``) and ``init`` can change the losses.

    Attributes:
        minutes: stop after this much training, counted over all starts of the run.
        device: where to compute; auto: on the GPU, if there is one.
        sample_every: steps between grids; the last step always has one.
        checkpoint_every: steps between checkpoints; the last step always has one.
        watchdog: on a collapse, roll back (act), only report it (warn), or do not evaluate (off).
        watch_every: steps between its evaluations.
        progress: whether to draw a progress bar on standard error.
        init: initial weights, see `f2a_train.engine.initial.source_of`; empty: random.
    """

    minutes: Annotated[float, Meta(gt=0, extra=OPTION)] = math.inf
    device: Annotated[Device, Meta(extra=OPTION)] = "auto"
    sample_every: Positive = 500
    checkpoint_every: Positive = 500
    watchdog: Mode = "warn"
    watch_every: Positive = 500
    progress: bool = True
    init: str = ""
    now: Callable[[], float] = time.perf_counter
    """The clock for ``minutes``, in seconds. Not a setting: benchmarks count processor time."""
