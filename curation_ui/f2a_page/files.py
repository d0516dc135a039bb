"""A page and its style and scripts, from the folder ``static`` of a package."""

import string
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Files:
    """The package's own files, read once.

    Args:
        package: its folder ``static`` has an ``index.html``.
        words: values of the placeholders ``$name`` in ``index.html``.
    """

    def __init__(self, package: str, words: dict[str, object]) -> None:
        static = files(package) / "static"
        self._page = string.Template((static / "index.html").read_text("utf-8")).substitute(words)
        self._files = {file.name: file.read_bytes() for file in static.iterdir() if file.is_file()}

    def routes(self) -> list[Route]:
        """The page at ``/``, the others at ``/static/NAME``."""
        return [Route("/", self.page), Route("/static/{name}", self.file)]

    async def page(self, _request: Request) -> Response:
        """The page itself."""
        return HTMLResponse(self._page)

    async def file(self, request: Request) -> Response:
        """A style sheet, script or icon, by exact name."""
        name = request.path_params["name"]
        kind = MEDIA_TYPES.get(name[name.rfind(".") :])
        if name not in self._files or kind is None:
            raise HTTPException(404, "no such file")
        return Response(self._files[name], media_type=kind)
