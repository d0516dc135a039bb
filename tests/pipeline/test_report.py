"""The report, read back as a browser reads it: parsed, with its pictures decoded."""

import base64
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from f2a_data.sources.folder import Folder
from f2a_data.stages.clean import Clean
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.detect import Detect
from f2a_data.stages.review import Review
from f2a_data.stages.split import Split
from f2a_engine import runner
from f2a_engine.collect import collect
from f2a_faces.detectors import DetectorText
from f2a_faces.images import Pixels, decode, encode_png
from f2a_inspect.report import write_report
from f2a_inspect.report.pictures import Album
from f2a_manifests import BoxFrom, Domain, FatalError, ManifestError, Reason, Record, Subset, Unit, Workspace
from f2a_page.losses import Losses, LossesError

HOSTILE = (
    """<script>alert(1)</script>"'><img src=http://evil.example/x onerror=alert(2)>"""
    "{{ 7*7 }}\x00\x1b[2J\u202e"
)
VOID = {"meta", "img", "rect", "path", "polyline", "polygon", "image", "br", "link"}
RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)


class Page(HTMLParser):
    """All elements with their attributes, the open ones above them, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str], tuple[int, ...]]] = []
        self._open: list[int] = []
        self._text: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, "elements that are not closed"
        self.text = re.sub(r"\s+", " ", " ".join(self._text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.elements.append((tag, values, tuple(self._open)))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, tuple(self._open)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.elements[self._open.pop()][0] == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def find(self, tag: str, css: str = "") -> list[int]:
        """Positions of the elements of a tag and class."""
        return [
            at
            for at, (name, values, _) in enumerate(self.elements)
            if name == tag and css in ("", *values.get("class", "").split())
        ]

    def images(self, inside: int) -> list[Pixels]:
        """The pictures in an element, decoded."""
        return [
            picture(values["src"]) for tag, values, above in self.elements if tag == "img" and inside in above
        ]


def picture(uri: str) -> Pixels:
    return decode(base64.b64decode(uri.split(",", 1)[1])).pixels


def page(workspace: Workspace) -> Page:
    return Page(write_report(workspace).read_text(encoding="utf-8"))


def plain(colour: tuple[int, int, int], side: int = 64) -> Pixels:
    return np.full((side, side, 3), colour, dtype=np.uint8)


def near(pixels: Pixels, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixels.mean(axis=(0, 1)) - colour).max() < 6)


@pytest.fixture
def add(workspace: Workspace) -> Callable[..., Unit]:
    """``add(name, pixels=None, domain=ANIME, **columns)``: an image with one face in it, and its crop."""

    def one(
        name: str, pixels: Pixels | None = None, domain: Domain = Domain.ANIME, **columns: object
    ) -> Unit:
        image = Record(
            id=name, domain=domain, source="drawn", source_id=f"{name}.png", path=f"images/{name}.png"
        )
        face = Record(id=f"{name}-face", domain=domain, source="drawn", source_id=f"{name}.png", parent=name)
        face.box_x, face.box_y, face.box_w, face.box_h = 10, 20, 40, 40
        face.box_from = BoxFrom.DETECTED
        source = np.full((100, 120, 3), 90, dtype=np.uint8)
        source[20:60, 10:50] = (250, 220, 40)
        (workspace.root / image.path).write_bytes(encode_png(source))
        if pixels is not None:
            face.path = f"crops/{name}.png"
            (workspace.root / face.path).write_bytes(encode_png(pixels))
        for column, value in columns.items():
            setattr(face, column, value)
        return Unit(image, [face])

    return one


def test_an_empty_workspace_has_a_report(workspace: Workspace) -> None:
    shown = page(workspace)
    assert "There are no anime images in this workspace" in shown.text
    assert "There are no human images in this workspace" in shown.text
    assert "Nothing has been trained" in shown.text


def test_a_domain_without_images_stands_beside_one_with(
    workspace: Workspace, add: Callable[..., Unit]
) -> None:
    workspace.publish([add("a", plain(RED), domain=Domain.HUMAN, split=Subset.TRAIN)])
    shown = page(workspace)
    assert "There are no anime images" in shown.text
    assert "There are no human images" not in shown.text


def test_kept_faces_are_shown_by_split_in_order(workspace: Workspace, add: Callable[..., Unit]) -> None:
    units = [
        add("t", plain(BLUE), split=Subset.TEST),
        add("r", plain(RED), split=Subset.TRAIN),
        add("v", plain(GREEN), split=Subset.VAL),
    ]
    workspace.publish(units)
    shown = page(workspace)
    sheets = [shown.images(at) for at in shown.find("div", "sheet")]
    assert [len(sheet) for sheet in sheets] == [1, 1, 1]
    assert [near(sheet[0], colour) for sheet, colour in zip(sheets, (RED, GREEN, BLUE), strict=True)] == [
        True
    ] * 3


def test_flags_stand_with_their_measures(workspace: Workspace, add: Callable[..., Unit]) -> None:
    workspace.publish([add("a", plain(RED), flags=("blurred", "small"), score=0.4375, detector="d-1")])
    shown = page(workspace)
    assert "blurred 1" in shown.text
    assert "40x40 px, score 0.438; also small" in shown.text
    assert "40x40 px, score 0.438; also blurred" in shown.text


def test_copies_stand_next_to_what_they_copy(workspace: Workspace, add: Callable[..., Unit]) -> None:
    units = [add(name, plain(colour)) for name, colour in (("a", RED), ("b", GREEN), ("c", BLUE))]
    copy = units[2].faces[0]
    copy.dup_group = units[0].faces[0].dup_group = "a-face"
    copy.drop("dedup", Reason.NEAR_COPY, "distance 3, same size, lower score 0.1 < 0.2")
    workspace.publish(units)
    shown = page(workspace)
    [group] = shown.find("div", "group")
    original, beside = shown.images(group)
    assert near(original, RED)
    assert near(beside, BLUE)
    assert "distance 3, same size, lower score 0.1 < 0.2" in shown.text
    assert not shown.find("div", "captioned"), "a copy is not shown again among the other dropped faces"


def test_a_copy_whose_original_is_gone_says_so(workspace: Workspace, add: Callable[..., Unit]) -> None:
    unit = add("a", plain(RED), dup_group="nobody")
    unit.faces[0].drop("dedup", Reason.EXACT_COPY, "of nobody")
    workspace.publish([unit])
    assert "its row is missing" in page(workspace).text


def test_a_face_dropped_before_it_was_cut_is_cut_from_its_image(
    workspace: Workspace, add: Callable[..., Unit]
) -> None:
    unit = add("a")
    unit.faces[0].drop("crop", Reason.TOO_SMALL, "40 px, the rule asks for 48")
    workspace.publish([unit])
    shown = page(workspace)
    [sheet] = shown.find("div", "captioned")
    [cut] = shown.images(sheet)
    assert near(cut[40:60, 40:60], (250, 220, 40))
    assert "the face is too small for the crop rule (crop) 1" in shown.text


def test_what_cannot_be_shown_is_a_tile_with_the_reason(
    workspace: Workspace, add: Callable[..., Unit]
) -> None:
    units = [
        add(name, plain(RED), split=Subset.TRAIN) for name in ("gone", "html", "cut", "link", "box", "fine")
    ]
    root = workspace.root
    (root / "crops/gone.png").unlink()
    (root / "crops/html.png").write_text("<html>404</html>")
    (root / "crops/cut.png").write_bytes((root / "crops/cut.png").read_bytes()[:50])
    (root / "crops/link.png").unlink()
    (root / "crops/link.png").symlink_to("/etc/passwd")
    units[4].faces[0].path, units[4].faces[0].box_x = "", 5000
    workspace.publish(units)
    shown = page(workspace)
    for reason in (
        "the file is missing",
        "an HTML page",
        "cannot be decoded",
        "leads out of",
        "the box is not in the image",
    ):
        assert reason in shown.text
    assert len(shown.find("div", "missing")) == 5
    assert len(shown.find("img")) == 1


def test_boxes_are_drawn_in_pixels_of_the_full_image(workspace: Workspace, add: Callable[..., Unit]) -> None:
    dropped = add("b", plain(RED))
    dropped.faces[0].drop("review", Reason.DROPPED_IN_REVIEW)
    workspace.publish([add("a", plain(RED), flags=("small",)), dropped])
    shown = page(workspace)
    boxes = [
        values for tag, values, _ in shown.elements if tag == "rect" and "box" in values["class"].split()
    ]
    assert [box["class"] for box in boxes] == ["box flag", "box drop"]
    assert [boxes[0][side] for side in ("x", "y", "width", "height")] == ["10", "20", "40", "40"]


def test_errors_are_listed_once_with_file_and_reason(workspace: Workspace, add: Callable[..., Unit]) -> None:
    unit = add("broken")
    for row in (unit.image, unit.faces[0]):
        row.fail("crop", Reason.BROKEN_IMAGE, "image file is truncated")
    workspace.publish([unit])
    shown = page(workspace)
    assert "drawn broken.png crop the image cannot be decoded: image file is truncated" in re.sub(
        r"\s+", " ", shown.text
    )
    assert shown.text.count("drawn broken.png crop") == 1


def test_hostile_text_stays_text(workspace: Workspace, add: Callable[..., Unit]) -> None:
    columns = dict.fromkeys(("source", "source_id", "detector", "crop_rule"), HOSTILE)
    columns["flags"] = (HOSTILE,)
    units = [
        add("a", plain(RED), score=0.5, **columns),
        add("b", plain(RED)),
        add("c", plain(RED), **columns),
    ]
    units[0].image.rating = units[0].image.source = units[0].image.source_id = HOSTILE
    units[1].faces[0].drop(HOSTILE, Reason.OTHER, HOSTILE)
    units[2].faces[0].fail(HOSTILE, Reason.OTHER, HOSTILE)
    units[2].image.drop("detect", Reason.OTHER, HOSTILE)
    workspace.publish(units)
    run = workspace.root / "runs" / "x<script>alert(3)<"
    run.mkdir()
    (run / "f2a-train.json").write_text(
        '{"human": "h.csv", "anime": "a.csv", "config": {"<script>": "<script>"}, "device": "cpu"}'
    )
    (run / "losses.csv").write_text("step,<script>_<b>\n1,2\n2,3\n")
    shown = page(workspace)
    tags = {tag for tag, _, _ in shown.elements}
    assert not tags & {"script", "b", "iframe", "object", "link", "base"}
    assert not [name for _, values, _ in shown.elements for name in values if name.startswith("on")]
    assert "<script>alert(1)</script>" in shown.text
    assert "{{ 7*7 }}" in shown.text
    assert not set("\x00\x1b\u202e") & set(shown.html)


def test_nothing_is_loaded_from_anywhere(workspace: Workspace, add: Callable[..., Unit]) -> None:
    workspace.publish([add("a", plain(RED), source_url="https://example.org/a.png")])
    shown = page(workspace)
    links = [
        values[name]
        for _, values, _ in shown.elements
        for name in ("src", "href", "xlink:href")
        if name in values
    ]
    assert links
    assert all(link.startswith(("data:image/", "#")) for link in links)
    assert not re.search(r"url\(|@import", shown.html)
    policies = [values.get("content", "") for tag, values, _ in shown.elements if tag == "meta"]
    assert any("default-src 'none'" in policy and "img-src data:;" in policy for policy in policies)


def test_every_picture_has_words_and_every_table_has_headers(
    workspace: Workspace, add: Callable[..., Unit]
) -> None:
    workspace.publish([add("a", plain(RED), score=0.5, detector="d", split=Subset.TRAIN, flags=("small",))])
    shown = page(workspace)
    assert all(values["alt"] for tag, values, _ in shown.elements if tag == "img")
    assert all(values["aria-label"] for tag, values, _ in shown.elements if tag == "svg")
    tables = shown.find("table")
    assert tables
    for table in tables:
        inside = [values for tag, values, above in shown.elements if tag == "th" and table in above]
        assert inside
        assert all(values.get("scope") in ("row", "col") for values in inside)


def test_long_lists_are_sampled_the_same_each_time(workspace: Workspace, add: Callable[..., Unit]) -> None:
    shades = range(0, 250, 3)
    units = [add(f"n{shade}", plain((shade, 0, 0), 16), split=Subset.TRAIN) for shade in shades]
    workspace.publish(units)
    shown, again = page(workspace), page(workspace)
    assert f"60 of {len(shades)} shown" in shown.text
    [sheet] = shown.find("div", "sheet")
    faces = shown.images(sheet)
    assert len(faces) == 60
    assert all(np.array_equal(*pair) for pair in zip(faces, again.images(sheet), strict=True))


def test_the_file_stays_below_15_mb(workspace: Workspace, add: Callable[..., Unit]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)  # what compresses worst
    one = add("noise", noise)
    units = []
    for number in range(4000):
        domain = Domain.ANIME if number % 2 else Domain.HUMAN
        image = Record(id=f"i{number}", domain=domain, source="drawn", path=one.image.path)
        face = Record(id=f"f{number}", domain=domain, source="drawn", parent=image.id, path=one.faces[0].path)
        face.box_x, face.box_y, face.box_w, face.box_h = 1, 2, 30, 40
        face.source_id, face.split = "é" * 150, list(Subset)[1 + number % 3]
        face.flags = (f"flag{number % 20}",)
        if number % 5 == 0:
            face.drop("review", list(Reason)[1 + number % 16])
        units.append(Unit(image, [face]))
    workspace.publish(units)
    shown = write_report(workspace)
    assert shown.stat().st_size < 15_000_000
    assert "left out: there are many pictures" in shown.read_text(encoding="utf-8")


def test_an_album_stops_at_its_limit(workspace: Workspace, add: Callable[..., Unit]) -> None:
    unit = add("a", plain(RED))
    album = Album(workspace, most=1)
    assert album.face(unit.faces[0], unit.image).uri
    assert album.face(unit.faces[0], unit.image).missing.startswith("left out")


def train(workspace: Workspace, losses: str) -> Path:
    run = workspace.root / "runs" / "first"
    (run / "samples").mkdir(parents=True)
    (run / "photos").mkdir()
    (run / "losses.csv").write_text(losses)
    for step, colour in ((100, RED), (200, GREEN)):
        (run / "samples" / f"step-{step:08}.png").write_bytes(encode_png(plain(colour, 130)))
    (run / "photos" / "grid.png").write_bytes(encode_png(plain(BLUE, 140)))
    return run


def test_a_run_shows_its_latest_grid_first_then_what_it_translated(workspace: Workspace) -> None:
    train(workspace, "step,cycle_anime\n1,0.5\n2,0.25\n")
    shown = page(workspace)
    grids = [shown.images(at)[0] for at in shown.find("figure", "grid")]
    assert np.array_equal(grids[0], plain(GREEN, 130)), "pixel by pixel"
    assert sorted(len(grid) for grid in grids) == [130, 130, 140]
    assert "step 200" in shown.text
    assert "first/photos" in shown.text


def test_a_table_without_steps_says_so(workspace: Workspace) -> None:
    run = train(workspace, "step,cycle\n")
    with pytest.raises(LossesError) as error:
        Losses.read(run / "losses.csv")
    assert str(error.value) in page(workspace).text


def test_a_manifest_that_cannot_be_trusted_leaves_the_old_report(
    workspace: Workspace, add: Callable[..., Unit]
) -> None:
    workspace.publish([add("a", plain(RED))])
    before = write_report(workspace).read_bytes()
    workspace.images_csv.write_text("id\n../../x\n")
    with pytest.raises(ManifestError):
        write_report(workspace)
    assert (workspace.root / "report.html").read_bytes() == before


def test_a_missing_workspace_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="disappeared"):
        write_report(Workspace(tmp_path / "nowhere"))


def test_torch_is_not_needed(workspace: Workspace) -> None:
    train(workspace, "step,cycle\n1,2\n")
    code = (
        "import sys; from pathlib import Path; from f2a_manifests import Workspace; "
        "from f2a_inspect.report import write_report; write_report(Workspace(Path(sys.argv[1]))); "
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(workspace.root)], check=True, timeout=60)


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1300])
def test_a_browser_shows_it_without_complaint(
    workspace: Workspace, add: Callable[..., Unit], browser: Browser, width: int
) -> None:
    word = "long" * 40
    units = [add("a", plain(RED), split=Subset.TRAIN, flags=(word,), source_id=word, score=0.5), add("b")]
    units[1].image.fail("detect", Reason.OTHER, word)
    workspace.publish(units)
    train(workspace, "step,cycle_anime\n1,0.5\n2,0.25\n")
    complaints: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark")
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("request", lambda request: complaints.append(request.url) if "://" in request.url[5:] else None)
    tab.goto(write_report(workspace).as_uri())
    loaded = tab.evaluate("[...document.images].map(i => i.complete && i.naturalWidth > 0)")
    overflow = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.close()
    assert complaints == []
    assert loaded
    assert all(loaded)
    assert overflow <= 0
    assert background == "rgb(18, 21, 27)"


@pytest.mark.real_data
def test_real_faces_through_all_stages(workspace: Workspace, tmp_path: Path) -> None:
    archive = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "anime-faces" / "loose160.zip"
    if not archive.exists():
        pytest.skip(f"there is no {archive}")
    with zipfile.ZipFile(archive) as faces:
        names = [name for name in faces.namelist() if name.endswith((".jpg", ".png"))][:20]
        faces.extractall(tmp_path / "faces", names)
    collect(Folder(tmp_path / "faces", Domain.ANIME), workspace)
    detect = Detect(human_detector=DetectorText("haar"))
    for stage in (detect, Crop(), Dedup(), Clean(), Review(), Split()):
        runner.run(stage, workspace)
    shown = page(workspace)
    kept = sum(face.kept for face in workspace.faces(Domain.ANIME))
    assert kept > 5
    assert f"anime faces kept {kept}" in shown.text
    assert not shown.find("div", "missing")
    assert "f2a-anime-" in shown.text
