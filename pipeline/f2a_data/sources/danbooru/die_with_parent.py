"""Run a Python program that dies with its parent: ``python die_with_parent.py PARENT_PID -m module ...``.

A parent killed with SIGKILL cannot stop its child. On Linux the kernel does it (prctl(2),
PR_SET_PDEATHSIG survives exec); elsewhere the child ends at its next line of output, into a closed pipe.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then become the program."""
    parent, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            return  # it died before the line above
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    main()
