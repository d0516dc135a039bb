"""The review page's routes: the page, its files, a small JSON API, and the images.

    GET  /                               the page
    GET  /static/NAME                    its style and scripts
    GET  /api/about                      workspace, flags and domains to filter by
    GET  /api/faces?FILTER&page=N        one page of a view; refresh=1 orders the view anew
    GET  /api/faces/ID                   one face with its box and its neighbours' boxes
    POST /api/decisions?FILTER           {"ids": [...], "decision": "keep" | "drop"}
    POST /api/undo?FILTER                undoes the latest action
    GET  /crops/ID, /sources/ID          pictures, by the face's row id

FILTER is flag=, state= and domain= as in `views.Filter`; POSTs answer with that view's counts.
"""

from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from f2a_manifests import Decision, FatalError, Workspace
from f2a_manifests.decisions import box_of
from f2a_page import Files
from f2a_ui import pictures
from f2a_ui.guard import Keys, ReviewGuard
from f2a_ui.index import Index, ReviewFace
from f2a_ui.parsing import read_body, to_decision, to_filter, to_page
from f2a_ui.views import Filter, Views

PAGE_SIZE = 60


class ReviewApp:
    """The handlers, over one index and one workspace."""

    def __init__(self, workspace: Workspace, index: Index, keys: Keys) -> None:
        self._workspace = workspace
        self._index = index
        self._views = Views(index)
        self._files = Files("f2a_ui", {"page_token": keys.page_token})

    def routes(self) -> list[Route]:
        """All addresses."""
        return [
            *self._files.routes(),
            Route("/api/about", self.about),
            Route("/api/faces", self.faces),
            Route("/api/faces/{id}", self.face),
            Route("/api/decisions", self.decide, methods=["POST"]),
            Route("/api/undo", self.undo, methods=["POST"]),
            Route("/crops/{id}", self.crop),
            Route("/sources/{id}", self.source),
        ]

    def about(self, _request: Request) -> Response:
        """What the page can filter by."""
        flags = [{"name": name, "count": count} for name, count in self._views.flags()]
        name = self._workspace.root.resolve().name
        return JSONResponse({"workspace": name, "flags": flags, "domains": self._views.domains()})

    def faces(self, request: Request) -> Response:
        """One page of a view."""
        wanted = to_filter(request)
        view = self._views.view(wanted, refresh="refresh" in request.query_params)
        pages = max(1, -(-len(view) // PAGE_SIZE))
        page = min(to_page(request), pages - 1)
        shown = view[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
        faces = [self._tile(self._index.faces[number]) for number in shown]
        counts = self._views.counts(view)
        return JSONResponse({"page": page, "pages": pages, "counts": counts, "faces": faces})

    def face(self, request: Request) -> Response:
        """One face with what the view of its source image shows."""
        face = self._find(request)
        image = face.image
        names = ("source", "source_id", "source_url", "artist", "rating")
        neighbours = [box_of(other.record) for other in self._index.same_image(face)]
        origin = {name: getattr(image, name) for name in names}
        row = {"detector": face.record.detector, "crop_rule": face.record.crop_rule, "path": image.path}
        return JSONResponse({"box": box_of(face.record), "neighbours": neighbours, **row, **origin})

    async def decide(self, request: Request) -> Response:
        """Decide about some faces; the answer comes when the decision is on disk."""
        identifiers, decision = to_decision(await read_body(request))
        return await run_in_threadpool(self._decide, to_filter(request), identifiers, decision)

    def undo(self, request: Request) -> Response:
        """Undo the latest action."""
        try:
            changed = self._index.undo()
        except FatalError as error:
            raise HTTPException(507, str(error)) from error
        return self._changes(to_filter(request), changed)

    def crop(self, request: Request) -> Response:
        """A face's crop."""
        return pictures.crop(self._workspace, self._find(request).record)

    def source(self, request: Request) -> Response:
        """The image a face was found in."""
        return pictures.source(self._workspace, self._find(request).image)

    def _decide(self, wanted: Filter, identifiers: list[str], decision: Decision) -> Response:
        try:
            return self._changes(wanted, self._index.decide(identifiers, decision))
        except KeyError as error:
            raise HTTPException(404, f"no face has the id {error}") from error
        except FatalError as error:
            raise HTTPException(507, str(error)) from error

    def _changes(self, wanted: Filter, changed: list[ReviewFace] | None) -> Response:
        faces = None
        if changed is not None:
            faces = [{"id": face.record.id, "decision": self._index.decision(face)} for face in changed]
        return JSONResponse({"changed": faces, "counts": self._views.counts(self._views.view(wanted))})

    def _tile(self, face: ReviewFace) -> dict[str, Any]:
        row = face.record
        facts = {"id": row.id, "flags": face.flags, "score": row.score, "domain": row.domain}
        return facts | {"version": row.sha256[:16], "decision": self._index.decision(face)}

    def _find(self, request: Request) -> ReviewFace:
        face = self._index.find(request.path_params["id"])
        if face is None:
            raise HTTPException(404, "no face has this id")
        return face


def build(workspace: Workspace, index: Index, keys: Keys) -> ReviewGuard:
    """The application, with the guard around all of it, error pages included."""
    return ReviewGuard(Starlette(routes=ReviewApp(workspace, index, keys).routes()), keys)
