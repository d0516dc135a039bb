"""Boxes drawn in the review, published and rebuilt elsewhere."""

from pathlib import Path

from rebuilding import EXAMPLE, Rebuild

from f2a_data.stages.clean import Clean
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.review import Review
from f2a_data.stages.split import Split
from f2a_demo.booru import Booru
from f2a_demo.booru_posts import DemoPost
from f2a_engine import runner
from f2a_manifests import Box, BoxFrom, Decision, Domain, ExitCode, Reason, Record, Workspace
from f2a_manifests.decisions import NO_BOX, Decisions, Entry, source_of
from f2a_publish.describe import Titles
from f2a_publish.publish import publish

ADDED = Box(2, 2, 60, 60)
TITLES = Titles(
    name="drawn-again", version="1.0.0", date="2026-01-31", licence="CC0-1.0", description="Drawings."
)


def test_drawn_boxes_are_published_and_rebuilt_with_their_decisions(
    posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild
) -> None:
    workspace, again = Workspace(tmp_path / "first"), Workspace(tmp_path / "again")
    with Booru(posts) as booru:
        rebuilt(EXAMPLE, workspace, root=booru.url)
        source, old, new = draw(workspace)
        for stage in (Crop(), Dedup(), Clean(), Review(), Split()):
            runner.run(stage, workspace)
        publish(workspace, tmp_path / "set", TITLES)
        text = b"".join(path.read_bytes() for path in (tmp_path / "set").rglob("*") if path.is_file())
        assert b"anna" not in text
        report = rebuilt(tmp_path / "set", again, root=booru.url)
    assert report.code == ExitCode.OK
    assert manual(again) == manual(workspace)
    assert {face.box for face in manual(again).values()} == {new, ADDED}
    assert Decisions.load(again.decisions_log).drawn(source) == {new: old, ADDED: NO_BOX}
    before = manual(again)
    runner.run(Crop(), again)  # as the log of the rebuilt workspace says
    assert {name: face.sha256 for name, face in manual(again).items()} == {
        name: face.sha256 for name, face in before.items()
    }


def draw(workspace: Workspace) -> tuple[str, Box, Box]:
    """Draw the box of the first face anew, and a second face in its image."""
    unit = next(unit for unit in workspace.load() if any(face.kept for face in unit.faces))
    face = next(face for face in unit.faces if face.kept)
    source, old = source_of(unit.image), face.box
    new = Box(old.x + 3, old.y + 2, old.w - 4, old.h - 4)
    log = Decisions.load(workspace.decisions_log, "anna")
    for box, replaces in ((new, old), (ADDED, NO_BOX)):
        log.append([Entry(id="x", source=source, box=box, decision=Decision.KEEP, replaces=replaces)])
    return source, old, new


def manual(workspace: Workspace) -> dict[str, Record]:
    found = [face for face in workspace.faces(Domain.ANIME) if face.box_from is BoxFrom.MANUAL]
    assert all(face.decision is Decision.KEEP for face in found)
    assert all(face.path for face in found if face.kept)
    redrawn = [face.detail for face in workspace.faces(Domain.ANIME) if face.reason is Reason.REDRAWN]
    assert set(redrawn) <= {face.id for face in found}
    return {face.id: face for face in found}
