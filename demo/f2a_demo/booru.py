"""A local Danbooru: the part of its API that gallery-dl and the scraper use, on 127.0.0.1.

The shapes are those of https://danbooru.donmai.us/wiki_pages/help:api: ``/posts.json`` (tags, limit,
page as a number, ``b<id>`` or ``a<id>``), ``/posts/<id>.json``, ``/counts/posts.json``, and the files.
"""

import base64
import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from f2a_data.sources.danbooru.query import ANONYMOUS_TERMS, counted_terms
from f2a_demo.booru_posts import DemoPost, described, matching, page_of
from f2a_demo.faults import Fault, Unreliable
from f2a_demo.faults import Request as LoggedRequest

_ACCOUNT_TERMS = 6  # Danbooru's Gold level
_LARGEST_PAGE = 200


class Booru:
    """A server in a thread, on a port of the system's choice; use it as a context manager.

    Args:
        posts: its posts, in any order.
        per_page: the maximum number of posts on a page.
        faults: injected faults; may be changed while it runs.
        accounts: API keys by login.
    """

    def __init__(
        self,
        posts: Iterable[DemoPost],
        per_page: int = _LARGEST_PAGE,
        faults: Sequence[Fault] = (),
        accounts: Mapping[str, str] | None = None,
    ) -> None:
        self.posts = sorted(posts, key=lambda post: post.id, reverse=True)
        self.faults = list(faults)
        self._files = {post.file_path: post for post in self.posts}
        self._per_page = per_page
        self._accounts = dict(accounts or {})
        self._line = Unreliable(self._application(), self.faults)
        self._port = 0
        # asyncio turns Nagle's delay off only where the protocol is named.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        config = uvicorn.Config(
            self._line,
            lifespan="off",
            log_level="critical",
            ws="none",
            timeout_graceful_shutdown=0,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Self:
        """Start; returns when it answers."""
        self._socket.bind(("127.0.0.1", 0))
        self._port = self._socket.getsockname()[1]
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the booru did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and wait until it has stopped."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    @property
    def url(self) -> str:
        """The root, for ``--root``."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> list[LoggedRequest]:
        """Every request that got an answer, oldest first."""
        return self._line.log

    def downloads(self) -> list[LoggedRequest]:
        """The requests for files."""
        return [request for request in self.log if request.path.startswith("/original/")]

    def _application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/posts.json", self._list),
                Route("/posts/{number:int}.json", self._show),
                Route("/counts/posts.json", self._count),
                Route("/original/{name:path}", self._file),
            ]
        )

    async def _list(self, request: Request) -> Response:
        query = request.query_params.get("tags", "")
        if refusal := self._refusal(request, query):
            return refusal
        limit = _number(request.query_params.get("limit"), 20)
        page = request.query_params.get("page", "")
        posts = page_of(matching(self.posts, query), page, max(1, min(limit, self._per_page, _LARGEST_PAGE)))
        return JSONResponse([described(post, self.url) for post in posts])

    async def _show(self, request: Request) -> Response:
        number = request.path_params["number"]
        found = [post for post in self.posts if post.id == number]
        if not found:
            return _error(404, "ActiveRecord::RecordNotFound", "That record was not found.")
        return JSONResponse(described(found[0], self.url))

    async def _count(self, request: Request) -> Response:
        query = request.query_params.get("tags", "")
        refusal = self._refusal(request, query)
        return refusal or JSONResponse({"counts": {"posts": len(matching(self.posts, query))}})

    async def _file(self, request: Request) -> Response:
        post = self._files.get(request.url.path)
        if post is None or post.banned:
            return _error(404, "NotFound", "That file was not found.")
        return FileResponse(post.file)

    def _refusal(self, request: Request, query: str) -> Response | None:
        """The tag limit, and logins that are wrong."""
        login = request.headers.get("authorization")
        if login and login not in map(_basic, self._accounts.items()):
            return _error(401, "SessionLoader::AuthenticationFailure", "Invalid API key.")
        limit = _ACCOUNT_TERMS if login else ANONYMOUS_TERMS
        if len(counted_terms(query)) > limit:
            message = f"You cannot search for more than {limit} tags at a time."
            return _error(422, "PostQuery::TagLimitError", message)
        return None


def _basic(account: tuple[str, str]) -> str:
    return f"Basic {base64.b64encode(':'.join(account).encode()).decode()}"


def _error(status: int, name: str, message: str) -> Response:
    body: dict[str, Any] = {"success": False, "error": name, "message": message, "backtrace": []}
    return JSONResponse(body, status)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default
