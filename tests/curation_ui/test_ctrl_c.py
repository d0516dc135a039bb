"""Ctrl-C at any moment ends a page's server, and interrupts nothing that is under way."""

import subprocess
import sys

EARLY = """
import os, signal
from f2a_page.listener import listen, server

signal.signal(signal.SIGINT, signal.default_int_handler)
async def nothing(scope, receive, send): ...

with listen(0) as listener, server(nothing) as page:
    os.kill(os.getpid(), signal.SIGINT)
    print("goes on")
    page.run(sockets=[listener])
    print("has ended")
print("closes")
"""


def test_before_it_listens() -> None:
    """An import that is interrupted keeps its lock, and the page's threads would wait for it for ever."""
    done = subprocess.run(
        [sys.executable, "-c", EARLY], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.split("\n"), done.stderr) == (["goes on", "has ended", "closes", ""], "")
    assert done.returncode == 0
