"""``make demo``: the whole chain, from a booru and a few faces to a trained model and a report.

It runs the same commands that a user would, and shows each before it runs.
"""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from f2a_demo import material, sample
from f2a_demo.booru import Booru
from f2a_demo.comparison import compare
from f2a_manifests import ExitCode, FatalError, write_text

SIZE = 64
TRAINING = "sample_every = 20\n"


@click.command()
@click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    default=Path("demo-workspace"),
    show_default=True,
    help="Where it happens.",
)
@click.option("--anime", default="", help="A folder of illustrations instead of the drawn booru.")
@click.option("--human", default="", help="A folder of photos instead of scikit-image's faces.")
@click.option("--steps", type=click.IntRange(min=1), default=80, show_default=True, help="Of training.")
def demo(workspace: Path, anime: str, human: str, steps: int) -> None:
    """Run the chain in a workspace; the same call continues after an interruption."""
    workspace.mkdir(parents=True, exist_ok=True)
    if not anime:
        _rebuild_example(workspace)
    with ExitStack() as stack:
        sources = _anime(anime, workspace, stack) + _human(human, workspace)
        config = workspace / "f2a.toml"
        write_text(config, f'workspace = "."\n\n{sources}\n[crop]\npreset = "default"\nsize = {SIZE}\n')
        _run("f2a-data", "run", "--config", config)
    _run("f2a-data", "verify", "--workspace", workspace)
    _train(workspace, steps)
    photos = human or str(workspace / "demo" / "photos")
    run = workspace / "runs" / "demo"
    _run("f2a-train", "translate", "--checkpoint", run / "checkpoint.pt", "--out", run / "translated", photos)
    # In a separate folder: the report attributes every file in a run's folder to that run.
    shipped = workspace / "runs" / "shipped-generator"
    _run("f2a-train", "translate", "--in-place", "--out", shipped, photos)
    _run("f2a-train", "translate", "--size", SIZE, "--out", shipped / f"{SIZE}", photos)
    compare(shipped / f"{SIZE}", run / "translated", run / "photo-before-after" / "grid.png")
    _run("f2a-data", "funnel", "--workspace", workspace)
    _run("f2a-data", "report", "--workspace", workspace)
    click.echo(f"\nLook at {workspace / 'report.html'}")
    click.echo(f"Then look through the flagged faces: f2a-review --workspace {workspace}")


def _rebuild_example(workspace: Path) -> None:
    """Rebuild the crops of the published example from its booru, pixel by pixel the same."""
    rebuilt = sample.rebuilt(workspace)
    with Booru(sample.posts(workspace / "demo" / "sample")) as booru:
        _run("f2a-data", "rebuild", sample.EXAMPLE, "--workspace", rebuilt, "--root", booru.url, "--delay", 0)
    _run("f2a-data", "verify", "--workspace", rebuilt)


def _anime(folder: str, workspace: Path, stack: ExitStack) -> str:
    """The configuration of the anime side; without a folder, of a booru that runs while the stack does."""
    if folder:
        return _folder(Path(folder), "anime")
    booru = stack.enter_context(Booru(material.posts(workspace / "demo" / "booru")))
    return f'[scrape]\ntags = "{material.ARTIST}"\nroot = "{booru.url}"\ndelay = 0\nlimit = 500\n'


def _human(folder: str, workspace: Path) -> str:
    if folder:
        return _folder(Path(folder), "human")
    crops, _ = material.portraits(workspace / "demo")
    return _folder(crops, "human", 'source = "lfw"\nwhole = true\n')


def _folder(path: Path, domain: str, more: str = "") -> str:
    if not path.is_dir():
        raise FatalError(f"there is no folder {path}", ExitCode.USAGE)
    escaped = str(path.resolve()).replace("\\", "\\\\").replace('"', '\\"')
    return f'[[folder]]\npath = "{escaped}"\ndomain = "{domain}"\n{more}'


def _train(workspace: Path, steps: int) -> None:
    manifests, settings = workspace / "manifests", workspace / "train.toml"
    write_text(settings, TRAINING)
    _run(
        "f2a-train", "train", "--human", manifests / "human.csv", "--anime", manifests / "anime.csv",
        "--out", workspace / "runs" / "demo", "--config", settings, "--init", "shipped", "--steps", steps,
    )  # fmt: skip


def _run(command: str, *options: object) -> None:
    """Run one command as a user would; error rows are expected, anything else stops the demo."""
    words = [command, *(str(option) for option in options)]
    click.secho(f"\n$ {' '.join(words)}", bold=True)
    words[0] = str(Path(sys.executable).with_name(command))
    code = subprocess.run(words, check=False, env=os.environ | {"OMP_WAIT_POLICY": "passive"}).returncode
    if code not in (ExitCode.OK, ExitCode.ROW_ERRORS):
        raise FatalError(f"{command} ended with exit code {code}", ExitCode(code))


if __name__ == "__main__":
    try:
        demo()
    except FatalError as error:
        click.echo(f"demo: {error}", err=True)
        sys.exit(error.code)
