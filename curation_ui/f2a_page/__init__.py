"""What every local page needs: a loopback listener, a guard, and its own files."""

from f2a_page.files import Files
from f2a_page.guard import HOST, Guard, hosts
from f2a_page.listener import listen, run

__all__ = ["HOST", "Files", "Guard", "hosts", "listen", "run"]
