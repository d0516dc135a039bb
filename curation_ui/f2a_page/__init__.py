"""What every local page needs: listening and running on this machine alone, and safe headers."""

from f2a_page.guard import HOST, hosts, sealed
from f2a_page.listener import PortInUseError, listen, run

__all__ = ["HOST", "PortInUseError", "hosts", "listen", "run", "sealed"]
