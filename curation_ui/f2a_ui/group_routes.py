"""The routes of the copies.

GET  /api/copies?first=0   how many groups there are, and some of them from one on: their faces, and the
                           state of each, with the row's reason and the size of the face
POST /api/copies           {"group": NAME, "face": ID, "word": "choose"}: keep it in place of the others;
                           "part": it is a copy of none of them; "dissolve", with an empty face: none is a
                           copy of another. The answer is the group, once the decision is on disk
"""

from typing import Any, Literal

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from f2a_manifests import FatalError
from f2a_manifests.decisions import Entry
from f2a_ui.groups import Groups, Member
from f2a_ui.index import Index
from f2a_ui.parsing import read_body, to_number

WINDOW = 20
"""Groups in one answer."""


class _Word(msgspec.Struct):
    group: str
    face: str
    word: Literal["choose", "part", "dissolve"]


_WORD = msgspec.json.Decoder(_Word)


class GroupRoutes:
    """The handlers, over one review's groups."""

    def __init__(self, groups: Groups, index: Index) -> None:
        self._groups, self._index = groups, index

    def routes(self) -> list[Route]:
        """All addresses."""
        return [Route("/api/copies", self.copies), Route("/api/copies", self.regroup, methods=["POST"])]

    def copies(self, request: Request) -> Response:
        """Some groups."""
        first, names = to_number(request, "first"), self._groups.names
        groups = self._shown(names[first : first + WINDOW])
        return JSONResponse({"count": len(names), "first": first, "window": WINDOW, "groups": groups})

    async def regroup(self, request: Request) -> Response:
        """Log a decision about a group."""
        try:
            word = _WORD.decode(await read_body(request))
        except (msgspec.DecodeError, RecursionError) as error:
            raise HTTPException(400, f"not a word about a group: {error}") from None
        return await run_in_threadpool(self._regroup, word)

    def _regroup(self, word: _Word) -> Response:
        try:
            self._index.log_all(lambda: self._entries(word))
            (group,) = self._shown([word.group])
        except KeyError:
            raise HTTPException(404, "there is no such group, or no such face in it") from None
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        except FatalError as error:
            raise HTTPException(507, str(error)) from None
        return JSONResponse(group)

    def _entries(self, word: _Word) -> list[Entry]:
        if word.word == "dissolve":
            return self._groups.dissolve(word.group)
        say = {"choose": self._groups.choose, "part": self._groups.part}[word.word]
        return say(word.group, word.face)

    def _shown(self, names: list[str]) -> list[dict[str, Any]]:
        with self._index.up_to_date():
            groups = self._groups.members(names)
        return [
            {"name": name, "members": [_told(member) for member in members]}
            for name, members in zip(names, groups, strict=True)
        ]


def _told(member: Member) -> dict[str, Any]:
    row = member.face.record
    said = {"id": row.id, "state": member.state, "score": row.score, "version": row.sha256[:16]}
    return said | {"reason": row.reason.value, "detail": row.detail, "size": [row.box_w, row.box_h]}
