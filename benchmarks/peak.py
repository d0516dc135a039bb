"""Peak memory, for benchmarks that measure a separate process."""

from pathlib import Path


def peak_mib() -> float | None:
    """Largest resident memory of this process so far; None if it is not available.

    ``ru_maxrss`` would include the memory of the parent process.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
