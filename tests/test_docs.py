"""The documentation is true: every example runs, every command line parses, every link leads somewhere."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import cv2
import pytest
from PIL import Image, ImageOps
from skimage import data

from commands import Runner
from exports import small_workspace
from f2a_data.cli import cli as f2a_data
from f2a_demo.booru import Booru
from f2a_demo.booru_posts import DemoPost
from f2a_demo.drawing import draw
from f2a_export.exporting import export
from f2a_export.formats.coco import Coco
from f2a_faces.images import encode_png
from f2a_train.cli import main as f2a_train
from f2a_ui.cli import main as f2a_review

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks" / "README.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", BENCHMARKS, *sorted((ROOT / "docs").rglob("*.md"))]
GROUPS: dict[str, click.Group] = {"f2a-data": f2a_data, "f2a-train": f2a_train}
NOWHERE = click.Context(click.Command(""))
COMMANDS = [(group, name) for group, commands in GROUPS.items() for name in commands.list_commands(NOWHERE)]
COMMANDS.append(("f2a-review", ""))
# In the order in which a user meets them; what is not named here runs last.
ORDER = [
    "scrape",
    "celeba",
    "fbp5500",
    "folder",
    "detect",
    "crop",
    "dedup",
    "clean",
    "",  # f2a-review
    "review",
    "split",
    "publish",
    "rebuild",
    "train",
]

DRAWN = 24  # illustrations in the sandbox: `evaluate` needs 16 anime faces
# What the commands that serve a page say before they end.
PAGES_GOODBYE = {"f2a-review": "Next: f2a-data review", "f2a-train serve": "The page has ended."}


def _command(group: str, name: str) -> click.Command | None:
    return GROUPS[group].get_command(NOWHERE, name) if group in GROUPS else f2a_review


def _help(group: str, name: str) -> str:
    command = _command(group, name)
    assert command
    return command.get_help(click.Context(command, info_name=f"{group} {name}", terminal_width=10_000))


def _example(group: str, name: str) -> list[str]:
    found = re.search(r"Example: (.*)", _help(group, name))
    assert found, f"{group} {name} has no example"
    return shlex.split(found[1])


@pytest.mark.parametrize(("group", "name"), COMMANDS)
def test_every_command_is_explained(group: str, name: str) -> None:
    command = _command(group, name)
    assert command
    assert len(command.help or "") > 40
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    assert " ".join(_example(group, name)).startswith(f"{group} {name}".strip())
    assert any(f"{group} {name}".strip() in page.read_text() for page in PAGES), "not in the documentation"


def _command_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        if page.name == "extend.md":
            continue  # its commands are of its own package: test_extend.py runs them
        text = page.read_text().replace("\\\n", " ")
        for line in re.findall(r"^(?:    |\$ )(f2a-(?:data|train|review).*)$", text, re.MULTILINE):
            yield page.relative_to(ROOT).as_posix(), line.split("  #")[0]


@pytest.mark.parametrize(("page", "line"), sorted(set(_command_lines())))
def test_every_command_line_in_the_pages_parses(page: str, line: str) -> None:
    group, *words = shlex.split(line)
    if group in GROUPS and words[0].startswith("-"):
        return
    name = words.pop(0) if group in GROUPS else ""
    command = _command(group, name)
    assert command, f"{page}: no command {name}"
    command.make_parser(click.Context(command)).parse_args(words)


def test_every_benchmark_is_listed() -> None:
    listed = re.findall(r"`(\w+\.py)`", BENCHMARKS.read_text())
    assert sorted(set(listed)) == sorted(path.name for path in BENCHMARKS.parent.glob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_in_the_pages_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """A folder with all the files that the examples speak of, under those names."""
    pictures = [Image.fromarray(data.astronaut()).crop((130 + n, 20, 308 + n, 238)) for n in range(3)]
    for folder, names in {
        "Pictures/people": ["a.jpg"],
        "photos": ["a.jpg"],
        "people": ["a.jpg"],
        "landscapes": ["a.jpg"],
        "CelebA/Img/img_align_celeba": ["000001.jpg", "000002.jpg", "000003.jpg"],
        "SCUT-FBP5500_v2/Images": ["CF1.jpg", "AM2.jpg"],
    }.items():
        (tmp_path / folder).mkdir(parents=True)
        side = (350, 350) if folder.startswith("SCUT") else (178, 218)
        for name, picture in zip(names, pictures, strict=False):
            turned = ImageOps.invert(picture) if folder.startswith("SCUT") else picture  # or it is a copy
            turned.resize(side).save(tmp_path / folder / name)
    Image.fromarray(data.astronaut()).save(tmp_path / "photos" / "a.jpg")
    (tmp_path / "SCUT-FBP5500_v2" / "All_labels.txt").write_text("CF1.jpg 3.0\nAM2.jpg 2.5\n")
    haar = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
    shutil.copy(haar, tmp_path / "lbpcascade_animeface.xml")
    export(Coco(), small_workspace(tmp_path / "other-workspace"), tmp_path / "anime-faces-coco")
    (tmp_path / "small.toml").write_text("width = 4\nsample_every = 1\n")
    (tmp_path / "f2a.toml").write_text('[[folder]]\npath = "photos"\ndomain = "human"\n')
    return tmp_path


@pytest.mark.timeout(600)
def test_every_example_runs(sandbox: Path, run_command: Runner) -> None:
    """As the help prints them, but for the server's address and the length of the training."""
    drawn = sandbox / "drawings"
    drawn.mkdir()
    for seed in range(DRAWN):
        (drawn / f"{seed}.png").write_bytes(encode_png(draw(seed).pixels))
    shutil.make_archive(str(sandbox / "anime"), "zip", drawn)
    posts = [DemoPost(id=n + 1, file=drawn / f"{n}.png", tags="1girl solo") for n in range(DRAWN)]
    with Booru(posts) as booru:
        more = {
            "scrape": ["--root", booru.url, "--delay", "0"],
            "rebuild": ["--root", booru.url, "--delay", "0", "--fbp5500", "SCUT-FBP5500_v2"],
            "evaluate": ["--human", "workspace/manifests/enough.csv"],
            "train": ["--steps", "2", "--config", "small.toml"],
            "detector": ["--minutes", "0.05"],
            "import": ["--workspace", "imported"],
            "merge": ["--workspace", "imported"],
            "experiments": ["--steps", "1", "--width", "4"],
        }
        for group, name in sorted(COMMANDS, key=_position):
            if name == "evaluate":  # the few people here are too few
                drawn_faces = (sandbox / "workspace/manifests/anime.csv").read_text()
                enough = drawn_faces.replace(",anime,", ",human,")
                (sandbox / "workspace/manifests/enough.csv").write_text(enough)
            _run_example(run_command, _example(group, name) + more.get(name, []), sandbox)
    assert (sandbox / "workspace" / "report.html").exists()
    assert list((sandbox / "results").glob("*.png"))


def _position(command: tuple[str, str]) -> int:
    return ORDER.index(command[1]) if command[1] in ORDER else len(ORDER)


def _run_example(run_command: Runner, words: list[str], home: Path) -> None:
    words = [word.replace("~", str(home)) for word in words]
    for page, goodbye in PAGES_GOODBYE.items():
        if shlex.join(words).startswith(page):
            _run_page(words, home, goodbye)
            return
    done = run_command(*words)
    # The few people here are copies, and the only one of a source may be held out: an experiment is missing.
    fine = (0, 3) if words[1] == "experiments" else (0,)
    assert done.returncode in fine, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    if words[1] == "detect":  # the example's cascade is for drawings; here it is one for photos
        assert run_command("f2a-data", "detect").returncode == 0


def _run_page(words: list[str], folder: Path, goodbye: str) -> None:
    """Start a server, wait for its address, and end it."""
    port = ["--port", "0", "--no-browser"]
    command = [str(Path(sys.executable).with_name(words[0])), *words[1:], *port]
    page = subprocess.Popen(command, cwd=folder, env=os.environ, stdout=subprocess.PIPE, text=True)
    assert page.stdout
    while "http://127.0.0.1:" not in (line := page.stdout.readline()):
        assert line, "the page ended before it gave its address"
    page.send_signal(signal.SIGINT)
    rest, _ = page.communicate(timeout=60)
    assert page.returncode == 0, rest
    assert goodbye in rest
