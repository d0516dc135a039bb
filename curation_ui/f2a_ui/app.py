"""The review page's routes: the page, its files, a small API, and the images.

    GET  /                               the page
    GET  /static/NAME                    its style and scripts
    GET  /api/about                      workspace, what to filter and to sort by
    GET  /api/view?FILTER&order=NAME     the faces of a view: for each a little-endian uint32,
                                         four times its number plus its decision (0 none, 1 keep, 2 drop)
    GET  /api/view?FILTER&near=3         likewise, those most like one of them first
    GET  /api/tiles?faces=3,1,2          what the tiles of some faces show
    GET  /api/faces/ID                   one face with its box and its neighbours' boxes
    GET  /api/changes?since=VERSION      what has been decided since, also by others
    POST /api/decisions                  {"faces": [3, 1], "decision": "keep" | "drop"}
    POST /api/boxes                      {"face": 3, "box": [x, y, w, h], "redraw": true}: replaces the
                                         face's box; with false, adds a missed face in the same image
    POST /api/tilts                      {"faces": [3, 1], "tilt": "left" | "right" | ""}
    POST /api/undo                       undoes the latest action
    /api/queue, /api/alike               see `queue_routes`
    /api/copies                          see `group_routes`
    GET  /crops/ID, /sources/ID          pictures, by the face's row id

FILTER is as in `views.Filter`. POSTs answer when the change is on disk.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from f2a_faces.crop import parse_rule
from f2a_manifests import Box, FatalError, Workspace
from f2a_manifests.decisions import box_of
from f2a_page.files import Files
from f2a_ui import pictures
from f2a_ui.group_routes import GroupRoutes
from f2a_ui.groups import Groups
from f2a_ui.guard import Keys, ReviewGuard
from f2a_ui.index import Index
from f2a_ui.learning import Learner
from f2a_ui.orders import ORDERS, Order
from f2a_ui.parsing import (
    Drawing,
    read_body,
    to_decision,
    to_drawing,
    to_filter,
    to_number,
    to_tiles,
    to_tilt,
)
from f2a_ui.queue_routes import QueueRoutes
from f2a_ui.views import Views

T = TypeVar("T")


class ReviewApp:
    """The handlers, over one index and one workspace."""

    def __init__(
        self, workspace: Workspace, index: Index, groups: Groups, learner: Learner, keys: Keys
    ) -> None:
        self._workspace = workspace
        self._index = index
        self._drawn = pictures.Drawn()
        self._learner, self._queue = learner, QueueRoutes(learner)
        self._groups, self._copies = groups, GroupRoutes(groups, index)
        self._views = Views(index, {"queue": Order("most doubtful first", learner.keys), **ORDERS})
        self._files = Files("f2a_ui", {"page_token": keys.page_token})

    def routes(self) -> list[Route]:
        """All addresses."""
        return [
            *self._files.routes(),
            *self._queue.routes(),
            *self._copies.routes(),
            Route("/api/about", self.about),
            Route("/api/view", self.view),
            Route("/api/tiles", self.tiles),
            Route("/api/changes", self.changes),
            Route("/api/faces/{id}", self.face),
            Route("/api/decisions", self.decide, methods=["POST"]),
            Route("/api/tilts", self.tilt, methods=["POST"]),
            Route("/api/boxes", self.draw, methods=["POST"]),
            Route("/api/undo", self.undo, methods=["POST"]),
            Route("/crops/{id}", self.crop),
            Route("/sources/{id}", self.source),
        ]

    def about(self, _request: Request) -> Response:
        """The filters and orders that the page offers."""
        flags = [{"name": name, "count": count} for name, count in self._views.flags()]
        known = {"domains": self._views.domains(), "sources": self._views.sources(), "flags": flags}
        orders = [{"name": name, "title": title} for name, title in self._views.orders().items()]
        workspace, name = self._workspace.root.resolve().name, self._index.log.name
        about = {"workspace": workspace, "name": name, "version": self._index.version, "orders": orders}
        return JSONResponse(about | known)

    def view(self, request: Request) -> Response:
        """The numbers and decisions of a view's faces."""
        wanted, order = to_filter(request), request.query_params.get("order", "score")
        try:
            if request.query_params.get("near"):
                numbers = self._views.sorted(wanted, self._learner.farness(to_number(request, "near")))
            else:
                numbers = self._views.view(wanted, order)
        except KeyError as error:
            raise HTTPException(400, f"there is no order {error}") from None
        except IndexError:
            raise HTTPException(404, "nothing is known about this face so far") from None
        packed = numbers.astype("<u4") * 4 + self._index.codes[numbers].astype("<u4")
        return Response(packed.tobytes(), media_type="application/octet-stream")

    def tiles(self, request: Request) -> Response:
        """What the tiles of some faces show."""
        try:
            return JSONResponse([self._tile(number) for number in to_tiles(request)])
        except IndexError:
            raise HTTPException(404, "no face has this number") from None

    def changes(self, request: Request) -> Response:
        """What has been decided since a version."""
        version, changed = _or_507(lambda: self._index.since(to_number(request, "since")))
        return JSONResponse({"version": version, "changed": self._decided(changed)})

    def face(self, request: Request) -> Response:
        """One face, with the facts that the view of its source image shows."""
        number = self._find(request)
        face = self._index.faces[number]
        names = ("source", "source_id", "source_url", "artist", "rating", "path")
        said = {name: getattr(face.image, name) for name in names}
        said |= {name: getattr(face.record, name) for name in ("detector", "crop_rule")}
        neighbours = [box_of(other.record) for other in self._index.same_image(number)]
        box = box_of(face.record)
        rule = parse_rule(self._index.drawings.like(face, box).record.crop_rule)
        drawing = {"number": number, "box": box, "neighbours": neighbours, "rule": asdict(rule)}
        return JSONResponse(said | drawing)

    async def decide(self, request: Request) -> Response:
        """Decide about some faces; the answer comes when the decision is on disk."""
        numbers, decision = to_decision(await read_body(request))
        return await run_in_threadpool(self._change, lambda: self._index.decide(numbers, decision))

    async def tilt(self, request: Request) -> Response:
        """Mark some faces as tilted; the answer comes when it is on disk."""
        asked = to_tilt(await read_body(request))
        return await run_in_threadpool(self._change, lambda: self._index.mark_tilted(asked.faces, asked.tilt))

    async def draw(self, request: Request) -> Response:
        """Draw a box; 400 with the reason if it cannot be cropped."""
        drawing = to_drawing(await read_body(request))
        return await run_in_threadpool(self._draw, drawing)

    def undo(self, _request: Request) -> Response:
        """Undo the latest action."""
        changed = _or_507(self._index.undo)
        return JSONResponse({"changed": None if changed is None else self._decided(changed)})

    def crop(self, request: Request) -> Response:
        """A face's crop."""
        face = self._groups.find(request.path_params["id"]) or self._index.faces[self._find(request)]
        if face.is_drawn and not face.record.path:  # the stage `crop` has not cropped it yet
            return self._drawn.show(self._workspace, face)
        return pictures.crop(self._workspace, face.record)

    def source(self, request: Request) -> Response:
        """The image a face was found in."""
        return pictures.source(self._workspace, self._index.faces[self._find(request)].image)

    def _change(self, job: Callable[[], list[int]]) -> Response:
        try:
            changed = _or_507(job)
        except IndexError:
            raise HTTPException(404, "no face has one of these numbers") from None
        return JSONResponse({"changed": self._decided(changed)})

    def _draw(self, drawing: Drawing) -> Response:
        box = Box(*drawing.box)
        try:
            face = self._index.drawings.like(self._index.faces[drawing.face], box)
            self._drawn.cut(self._workspace, face)
            changed = _or_507(lambda: self._index.draw(drawing.face, box, redraw=drawing.redraw))
        except IndexError:
            raise HTTPException(404, "no face has this number") from None
        except pictures.UNUSABLE as error:
            raise HTTPException(400, f"this box cannot be cropped: {error}") from error
        return JSONResponse({"number": self._index.find(face.record.id), "changed": self._decided(changed)})

    def _decided(self, numbers: Iterable[int]) -> list[dict[str, Any]]:
        faces = self._index.faces
        return [
            {"number": number, "added": faces[number].is_drawn, **self._decision(number)}
            for number in numbers
        ]

    def _decision(self, number: int) -> dict[str, Any]:
        said = {"decision": self._index.decision(number), "by": self._index.by(number)}
        said |= {"tilt": self._index.tilt(number)}
        return said | {"instead": self._index.drawings.instead(number)}

    def _tile(self, number: int) -> dict[str, Any]:
        face = self._index.faces[number]
        row, image = face.record, face.image
        facts = {"number": number, "id": row.id, "flags": face.flags, "score": row.score}
        origin = {"source": image.source, "post": image.source_url, "version": row.sha256[:16]}
        return facts | origin | self._decision(number)

    def _find(self, request: Request) -> int:
        number = self._index.find(request.path_params["id"])
        if number is None:
            raise HTTPException(404, "no face has this id")
        return number


def _or_507(job: Callable[[], T]) -> T:
    """Do it; 507 if the log cannot be read or written."""
    try:
        return job()
    except FatalError as error:
        raise HTTPException(507, str(error)) from error


def build(workspace: Workspace, index: Index, groups: Groups, learner: Learner, keys: Keys) -> ReviewGuard:
    """The application, with the guard around all of it, error pages included."""
    return ReviewGuard(Starlette(routes=ReviewApp(workspace, index, groups, learner, keys).routes()), keys)
