"""The routes of the queue.

GET  /api/queue              the estimate of bad faces among the undecided ones
GET  /api/alike?faces=3,1    undecided faces like some that were dropped, the most alike first
"""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from f2a_ui.learning import Learner
from f2a_ui.parsing import to_tiles


class QueueRoutes:
    """The handlers, over one review's queue."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner

    def routes(self) -> list[Route]:
        """All addresses."""
        return [Route("/api/queue", self.queue), Route("/api/alike", self.alike)]

    def queue(self, _request: Request) -> Response:
        """The estimate, and whether all crops are known to the queue."""
        return JSONResponse({"ready": not self._learner.remaining, **asdict(self._learner.estimate())})

    def alike(self, request: Request) -> Response:
        """Numbers of faces."""
        return JSONResponse(self._learner.alike(to_tiles(request)))
