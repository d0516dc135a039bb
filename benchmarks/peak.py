"""Memory, for the benchmarks that measure a process of their own."""

from pathlib import Path


def peak_mib() -> float | None:
    """Largest resident memory of this process so far; None where that cannot be told.

    ``ru_maxrss`` would include what the process that started this one had.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
