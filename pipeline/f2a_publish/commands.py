"""publish and rebuild: commands of ``f2a-data``."""

import re
from datetime import UTC, datetime
from pathlib import Path

import click

from f2a_data.commands.options import workers_option, workspace_option
from f2a_manifests import ExitCode, FatalError, Workspace
from f2a_publish.describe import Titles
from f2a_publish.plan import plan
from f2a_publish.publish import choose
from f2a_publish.publish import publish as write_set
from f2a_publish.published import published as opened
from f2a_publish.rebuild import rebuild as make_again
from f2a_publish.rebuild_options import RebuildOptions, originals

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@workspace_option
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--name", default="faces", show_default=True, help="Name of the data set.")
@click.option("--version", default="1.0.0", show_default=True, help="Version of the data set.")
@click.option(
    "--licence",
    default="CC0-1.0",
    show_default=True,
    help="Licence of the manifests, an SPDX identifier.",
)
@click.option(
    "--description",
    default="Faces for training generators.",
    show_default=True,
    help="For the data set card.",
)
@click.option("--date", default="", metavar="YYYY-MM-DD", show_default="today", help="Date of publication.")
@click.option(
    "--with-local", is_flag=True, help="Also publish the rows of your own folders, with file names."
)
@click.option("--dry-run", is_flag=True, help="Show what would be published, and stop.")
def publish(
    workspace: Workspace, out: Path, *, with_local: bool, dry_run: bool, date: str, **titles: str
) -> int:
    """Publish the data set without its images.

    The result holds what anyone needs to make the same crops from their own copies of the images:
    manifests, terms, rules, hashes, a data set card and checksums. OUT is a folder, or a zip archive if it
    ends with .zip. Images of your own folders are left out. See docs/publish.md.

    Example: f2a-data publish published
    """
    chosen_titles = Titles(date=_date(date), **_checked(titles))
    if dry_run:
        chosen = choose(workspace, with_local=with_local)
    else:
        chosen = write_set(workspace, out, chosen_titles, with_local=with_local)
    click.echo(str(chosen))
    click.echo(f"publish: {out} {'would be' if dry_run else 'is'} written")
    return ExitCode.OK


@click.command()
@workspace_option
@workers_option
@click.argument("published", type=click.Path(path_type=Path, exists=True))
@click.option("--celeba", type=_FOLDER, help="Your copy of CelebA, as for f2a-data celeba.")
@click.option("--fbp5500", type=_FOLDER, help="Your copy of SCUT-FBP5500.")
@click.option(
    "--root", default="", metavar="URL", show_default="as published", help="The server of the posts."
)
@click.option("--delay", type=click.FloatRange(min=0), default=1.0, show_default=True,
              help="Seconds between requests.")  # fmt: skip
@click.option("--credentials", type=_FILE, help="File with login and API key; otherwise the environment's.")
@click.option("--dry-run", is_flag=True, help="Show what would be fetched, and stop.")
def rebuild(workspace: Workspace, workers: int, published: Path, *, dry_run: bool, **given: object) -> int:
    """Rebuild a published data set.

    Fetches its images, crops the same faces, and compares the pixels. Posts come from the booru by number,
    images of CelebA and SCUT-FBP5500 from your own copy. Decisions and splits are as they were. What is gone
    or has changed is a row with its reason, and the exit code is 3 then. See docs/publish.md.

    Example: f2a-data rebuild published --workspace rebuilt --celeba CelebA
    """
    with opened(published) as data_set:
        sources = originals(data_set, RebuildOptions(**given))  # type: ignore[arg-type]
        if dry_run:
            click.echo(plan(data_set, workspace, sources))
            return ExitCode.OK
        report = make_again(data_set, workspace, sources, workers)
    click.echo(str(report))
    return report.code


def _checked(titles: dict[str, str]) -> dict[str, str]:
    """Check values that are used in file names, addresses and headers."""
    for key, pattern, example in (
        ("name", r"[\w-]{1,80}", "drawn-faces"),
        ("version", r"\d+\.\d+\.\d+", "1.0.0"),
        ("licence", r"[A-Za-z0-9.+-]{1,60}", "CC-BY-4.0"),
    ):
        if not re.fullmatch(pattern, titles[key]):
            raise FatalError(f"--{key} {titles[key]!r}: give something like {example}", ExitCode.USAGE)
    return titles


def _date(text: str) -> str:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else datetime.now(UTC)
    except ValueError:
        raise FatalError(f"--date {text!r}: give a day like 2026-01-31", ExitCode.USAGE) from None
    return day.strftime("%Y-%m-%d")
