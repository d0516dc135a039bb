"""The number of CPUs this process may use, which in a container can be fewer than the machine has."""

import os
from math import ceil
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """The smaller of the affinity mask and the control group's CPU quota, at least 1.

    Args:
        cgroup: where control groups are mounted (version 2, or 1 with the controller ``cpu``).
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, ceil(_quota(cgroup))))


def _quota(cgroup: Path) -> float:
    """The CPU quota in processors; infinite if there is none."""
    try:
        quota, period = (cgroup / "cpu.max").read_text("ascii").split()
    except (OSError, ValueError):
        try:
            quota = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text("ascii").strip()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text("ascii").strip()
        except (OSError, ValueError):
            return 2**20
    limited = quota.isdigit() and period.isdigit() and int(period) > 0
    return int(quota) / int(period) if limited else 2**20
