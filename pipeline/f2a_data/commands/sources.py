"""scrape, celeba, fbp5500, folder: import images."""

from pathlib import Path
from typing import Any

import click

from f2a_data.commands.options import report, workspace_option
from f2a_data.config import SOURCES, build
from f2a_data.engine.collect import collect
from f2a_manifests import Domain, Workspace

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command(short_help="Collect illustrations from Danbooru.")
@workspace_option
@click.option("--tags", required=True, help='As in the site\'s search box: "1girl solo".')
@click.option("--rating", default="g", show_default=True, help="g, s, q, e, or several: g,s.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="Most images to have."
)
@click.option("--root", default="https://danbooru.donmai.us", show_default=True, help="The server.")
@click.option("--delay", type=click.FloatRange(min=0), default=1.0, show_default=True,
              help="Seconds between requests.")  # fmt: skip
@click.option("--source", default="danbooru", show_default=True, help="Name in ids; one for each server.")
@click.option("--credentials", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="File with login and API key; otherwise the environment's.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the request and how many posts match, and stop.")
def scrape(workspace: Workspace, *, dry_run: bool, **options: Any) -> int:  # noqa: ANN401 -- see above
    """Collect illustrations and their metadata with gallery-dl.

    New images are added to the workspace; nothing is downloaded twice. Without an account a search may have
    two tags; the rating and a few more terms are free. See docs/scrape.md.

    Example: f2a-data scrape --tags "1girl solo" --limit 200
    """
    source = build(SOURCES["scrape"], "scrape", options)
    if dry_run:
        click.echo(source.dry_run())
        return 0
    return report(collect(source, workspace))


@click.command(short_help="Import CelebA's aligned faces.")
@workspace_option
@click.option("--root", type=FOLDER, required=True, help="The folder with Img/, Anno/ and Eval/.")
@click.option("--count", type=click.IntRange(min=1), default=40_000, show_default=True, help="How many.")
@click.option("--seed", default=0, show_default=True, help="Which ones.")
def celeba(workspace: Workspace, **options: Any) -> int:  # noqa: ANN401 -- see above
    """Import a sample of CelebA's aligned faces, straight from img_align_celeba.zip or its folder.

    Includes identities and the official split. See docs/human-faces.md.

    Example: f2a-data celeba --root CelebA --count 40000
    """
    return _collect("celeba", workspace, options)


@click.command(short_help="Import SCUT-FBP5500's faces.")
@workspace_option
@click.option("--root", type=FOLDER, required=True, help="The folder with Images/.")
def fbp5500(workspace: Workspace, **options: Any) -> int:  # noqa: ANN401 -- see above
    """Import SCUT-FBP5500 with its official folds. See docs/human-faces.md.

    Example: f2a-data fbp5500 --root SCUT-FBP5500_v2
    """
    return _collect("fbp5500", workspace, options)


@click.command(short_help="Import any folder or archive of images.")
@workspace_option
@click.argument("path", metavar="DIR", type=click.Path(path_type=Path, exists=True))
@click.option("--domain", type=click.Choice([domain.value for domain in Domain]), required=True,
              help="The domain of the images.")  # fmt: skip
@click.option("--source", default="", show_default="the folder's name", help="Name in ids.")
@click.option("--whole", is_flag=True, help="The images are face crops already; detect skips them.")
@click.option("--drop-missing", is_flag=True, help="Drop images that are no longer there.")
@click.option("--follow-links", is_flag=True, help="Also follow links to folders, and to files elsewhere.")
@click.option("--link", is_flag=True, help="Link the files of a folder instead of copying them.")
def folder(workspace: Workspace, **options: Any) -> int:  # noqa: ANN401 -- see above
    """Import a folder, a zip or tar archive, or a single image. See docs/own-images.md.

    Example: f2a-data folder ~/Pictures/people --domain human
    """
    return _collect("folder", workspace, options)


def _collect(name: str, workspace: Workspace, options: dict[str, Any]) -> int:
    return report(collect(build(SOURCES[name], name, options), workspace))


COMMANDS = (scrape, celeba, fbp5500, folder)
