"""What ``f2a-data remove`` took out, for sources that would fetch it again."""

from f2a_manifests import Workspace

STAGE = "remove"


def removed_posts(workspace: Workspace, source: str) -> tuple[int, ...]:
    """The numbers of a booru's posts that must not be fetched again."""
    rows = workspace.images()
    gone = (row.source_id for row in rows if row.stage == STAGE and row.source == source)
    return tuple(sorted(int(number) for number in gone if number.isdecimal()))
