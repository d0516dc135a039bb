"""remove: remove images permanently."""

import click

from f2a_data.commands.options import workspace_option
from f2a_engine.removal import Selection, remove, select
from f2a_manifests import ExitCode, FatalError, Workspace

_SHOWN = 10


@click.command("remove")
@workspace_option
@click.option("--source", "sources", multiple=True, metavar="NAME", help="All images of a source.")
@click.option("--id", "ids", multiple=True, metavar="ID", help="An image, or the image of a face.")
@click.option("--post", "posts", multiple=True, metavar="NUMBER", help="A booru post.")
@click.option("--artist", "artists", multiple=True, metavar="NAME", help="All images of an artist.")
@click.option("--why", default="", metavar="TEXT", help="For the column `detail`.")
@click.option("--yes", is_flag=True, help="Remove them; without this, only show them.")
def command(workspace: Workspace, *, why: str, yes: bool, **selection: tuple[str, ...]) -> int:
    """Remove images and their crops permanently.

    For example when an artist asks for it. Their files, their crops and f2a-train's cache of faces are
    deleted. Their rows stay in the manifests, dropped, with the reason. No later scrape or folder imports
    them again, under any name. Several options narrow the selection, several values of one widen it.

    Example: f2a-data remove --source people
    """
    chosen = Selection(**selection)
    if not any(selection.values()):
        raise FatalError("say what to remove: --source, --id, --post or --artist", ExitCode.USAGE)
    found = remove(workspace, chosen, why) if yes else select(workspace, chosen)
    for unit in found[:_SHOWN]:
        click.echo(f"  {unit.image.id}  {unit.image.source_id[:60]!r}  {unit.image.artist}")
    faces = sum(len(unit.faces) for unit in found)
    done = "removed" if yes else "would remove"
    click.echo(f"{done}: {len(found)} images with {faces} faces{'' if yes else '; --yes does it'}")
    return ExitCode.OK
