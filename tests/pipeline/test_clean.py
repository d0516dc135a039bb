import pickle
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from f2a_data.stages import quality
from f2a_data.stages.clean import Clean
from f2a_data.stages.min_scores import MinScores
from f2a_faces.crop import rule
from f2a_faces.images import Pixels, decode, encode_png
from f2a_manifests import BoxFrom, Domain, FatalError, Reason, Record, Status, Unit, Workspace
from f2a_manifests.options import build

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
# The face of `drawing` fills this box, of which the default rule makes this square.
BOX = {"box_x": 223, "box_y": 173, "box_w": 34, "box_h": 34}
SQUARE = {"crop_x": 212.8, "crop_y": 156.0, "crop_side": 54.4}


def drawing() -> Image.Image:
    """A 64-pixel crop of a drawn face: flat colours, dark eyes at (21, 26) and (41, 26) or so."""
    image = Image.new("RGB", (64, 64), (120, 170, 220))
    draw = ImageDraw.Draw(image)
    draw.ellipse((8, 4, 56, 60), fill=(90, 50, 40))
    draw.ellipse((14, 14, 50, 58), fill=(250, 220, 200))
    for x in (20, 38):
        draw.ellipse((x - 2, 23, x + 8, 37), fill=(20, 20, 40))
        draw.ellipse((x + 1, 25, x + 4, 29), fill="white")
    draw.line((28, 50, 36, 50), fill=(160, 60, 60))
    return image


def pixels_of(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"))


def face(workspace: Workspace, image: Image.Image | None = None, name: str = "f", **columns: Any) -> Record:  # noqa: ANN401
    path = f"crops/{name}.png"
    (workspace.root / path).write_bytes(encode_png(pixels_of(image or drawing())))
    defaults = {
        "detector": "animeface-2.0.3",
        "score": 0.99,
        "crop_rule": str(rule("default")),
        "box_from": BoxFrom.DETECTED,
        **SQUARE,
    }
    row = {"domain": Domain.ANIME, "source": "t", "parent": "i", "path": path, **BOX, **defaults, **columns}
    if row["domain"] is Domain.HUMAN or row["box_from"] is not BoxFrom.DETECTED:
        row = {**row, "box_w": 40, "box_h": 40, **columns}  # judged as it is
    return Record(id=name, **row)


def clean(workspace: Workspace, *faces: Record, stage: Clean | None = None) -> list[str]:
    image = Record(id="i", domain=Domain.ANIME, source="t", width=640, height=480)
    unit = (stage or Clean())(workspace, Unit(image, list(faces)))
    assert unit.faces == list(faces)
    return [";".join(one.flags) for one in unit.faces]


def test_a_tidy_drawn_face_has_no_flags(workspace: Workspace) -> None:
    assert clean(workspace, face(workspace)) == [""]


@pytest.mark.parametrize(
    ("detector", "low", "high"),
    [
        ("animeface-2.0.3", 0.94, 0.95),
        ("cascade-lbpcascade_animeface-9376d30a", 1.4, 1.5),
        ("haar-4.14.0", 1.9, 2.0),
        ("mtcnn-facenet-pytorch-2.6", 0.97, 0.98),
    ],
)
def test_low_score_has_a_limit_for_each_detector(
    workspace: Workspace, detector: str, low: float, high: float
) -> None:
    scores = [face(workspace, detector=detector, score=score) for score in (low, high, None)]
    assert clean(workspace, *scores[:1]) == ["low_score"]
    assert clean(workspace, *scores[1:2]) == clean(workspace, *scores[2:]) == [""]


def test_an_unknown_detector_has_no_low_score(workspace: Workspace) -> None:
    assert clean(workspace, face(workspace, detector="mine-1", score=-5.0)) == [""]


@pytest.mark.parametrize("side", ["box_w", "box_h"])
def test_small_looks_at_the_shorter_side(workspace: Workspace, side: str) -> None:
    """Of a drawn face, the shorter side of a box 1.2 times as large."""
    assert clean(workspace, face(workspace, **{side: 32})) == ["small"]
    given = {"landmarks": (), "box_from": BoxFrom.GIVEN, "box_w": 60, "box_h": 60}
    assert clean(workspace, face(workspace, **given | {side: 40})) == [""]
    assert clean(workspace, face(workspace, **given | {side: 39})) == ["small"]


@pytest.mark.parametrize(
    ("where", "flags"),
    [
        ((8, 173), "border"),
        ((223, 8), "border"),
        ((598, 173), "border"),
        ((223, 438), "border"),
        ((11, 11), ""),
    ],
)
def test_border_wants_room_on_every_side(workspace: Workspace, where: tuple[int, int], flags: str) -> None:
    x, y = where
    assert clean(workspace, face(workspace, box_x=x, box_y=y)) == [flags]


def test_a_box_that_came_with_the_source_is_not_cut_off(workspace: Workspace) -> None:
    assert clean(workspace, face(workspace, box_x=0, box_y=0, box_from=BoxFrom.WHOLE)) == [""]


def test_an_enlarged_small_face_is_blurred_and_a_slightly_soft_one_is_not(workspace: Workspace) -> None:
    enlarged = drawing().resize((20, 20), Image.Resampling.LANCZOS).resize((64, 64), Image.Resampling.LANCZOS)
    smeared = drawing().filter(ImageFilter.GaussianBlur(2))
    soft = drawing().filter(ImageFilter.GaussianBlur(0.4))
    crops = [face(workspace, crop, f"f{n}") for n, crop in enumerate((enlarged, smeared, soft))]
    assert [flags for one in crops for flags in clean(workspace, one)] == ["blurred", "blurred", ""]


def test_flat_is_said_of_faded_and_of_blank_crops(workspace: Workspace) -> None:
    faded = Image.blend(drawing(), Image.new("RGB", (64, 64), (250, 240, 255)), 0.8)
    assert clean(workspace, face(workspace, faded)) == ["flat"]
    blank = face(workspace, Image.new("RGB", (64, 64), "white"))
    assert clean(workspace, blank) == ["flat;monochrome;not_a_face"]


def test_monochrome_is_grey_or_one_tint(workspace: Workspace) -> None:
    grey = drawing().convert("L")
    paper = Image.merge("RGB", [grey.point(lambda v, k=k: 200 + v * k // 255) for k in (50, 48, 44)])
    assert clean(workspace, face(workspace, grey.convert("RGB"))) == ["monochrome"]
    assert "monochrome" in clean(workspace, face(workspace, paper))[0]


def test_of_overlapping_faces_the_weaker_one_is_flagged(workspace: Workspace) -> None:
    strong = face(workspace, name="a", score=0.99)
    weak = face(workspace, name="b", score=0.97, box_x=230)
    beside = face(workspace, name="c", score=0.96, box_x=300)
    assert clean(workspace, strong, weak, beside) == ["", "overlap", ""]
    assert clean(workspace, weak, strong) == ["overlap", ""]


def test_flags_are_sorted_and_limits_are_options(workspace: Workspace) -> None:
    doubtful = face(workspace, score=0.5, box_x=6)
    assert clean(workspace, doubtful) == ["border;low_score"]
    assert clean(workspace, doubtful, stage=Clean(min_score=MinScores("animeface=0.4"), border=0.0)) == [""]


def test_rows_that_are_out_are_not_looked_at(workspace: Workspace) -> None:
    gone = face(workspace, name="a", score=0.1)
    gone.drop("dedup", Reason.EXACT_COPY)
    assert clean(workspace, gone, face(workspace, name="b")) == ["", ""]
    assert (gone.status, gone.stage) == (Status.DROP, "dedup")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"path": "crops/lost.png"}, "missing"),
        ({"path": ""}, "no file"),
        ({"path": "crops/broken.png"}, "not an image"),
        ({"box_w": None}, "no box"),
    ],
)
def test_a_row_that_cannot_be_judged_is_an_error_and_the_others_go_on(
    workspace: Workspace, columns: dict[str, Any], reason: str
) -> None:
    (workspace.root / "crops" / "broken.png").write_bytes(b"no picture")
    bad, good = face(workspace, name="a", **columns), face(workspace, name="b", score=0.5)
    assert clean(workspace, bad, good) == ["", "low_score"]
    assert (bad.status, bad.stage) == (Status.ERROR, "clean")
    assert reason in bad.why


def test_no_crop_of_any_size_breaks_the_measures() -> None:
    for shape in ((1, 1, 3), (1, 300, 3), (300, 1, 3), (2, 5, 3)):
        tiny = np.zeros(shape, dtype=np.uint8)
        luma = quality.grey(tiny)
        assert (quality.sharpness(luma), quality.contrast(luma), quality.colour_spread(tiny)) == (0, 0, 0)


def test_the_stage_survives_pickling_and_shows_its_options() -> None:
    stage = Clean(min_side=50)
    assert pickle.loads(pickle.dumps(stage)) == stage  # noqa: S301 -- our own bytes
    assert "min_side=50" in repr(stage)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("archive", "most"),
    [("anime-faces/getchu64", 0.01), ("anime-faces/ntu96", 0.05), ("human-faces/celeba-crops128", 0.03)],
)
def test_few_good_real_crops_are_flagged_and_most_enlarged_ones(
    workspace: Workspace, archive: str, most: float
) -> None:
    path = SHARED / f"{archive}.zip"
    if not path.exists():
        pytest.skip(f"REAL DATA MISSING: no {path}")
    with ZipFile(path) as pictures:
        names = sorted(name for name in pictures.namelist() if name.endswith(".jpg"))[::30]
        crops = [Image.fromarray(decode(pictures.read(name)).pixels).resize((64, 64)) for name in names]
    domain = Domain.HUMAN if archive.startswith("human") else Domain.ANIME
    whole: dict[str, Any] = {"box_from": BoxFrom.WHOLE, "landmarks": (), "domain": domain}
    flags = [clean(workspace, face(workspace, crop, **whole))[0] for crop in crops]
    assert sum(map(bool, flags)) <= most * len(flags)
    enlarged = [crop.resize((22, 22), Image.Resampling.LANCZOS).resize((64, 64)) for crop in crops]
    found = [clean(workspace, face(workspace, crop, **whole))[0] for crop in enlarged]
    assert sum("blurred" in one or "flat" in one for one in found) >= 0.95 * len(found)


def test_a_minimum_score_is_given_for_some_detectors_and_the_others_keep_theirs(workspace: Workspace) -> None:
    faces = [
        face(workspace, name=name, detector=f"{name}-1", score=0.85) for name in ("f2a", "animeface", "own")
    ]
    stage = build(Clean, {"min_score": "f2a=0.9, own=0.5", "overlap": 1.0}, "options")
    assert clean(workspace, *faces, stage=stage) == ["low_score", "low_score", ""]


@pytest.mark.parametrize("text", ["f2a", "f2a=high", "=0.5", "f2a=nan"])
def test_a_minimum_score_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(FatalError, match=r"min_score.*is not like f2a=0\.9"):
        build(Clean, {"min_score": text}, "options")


@pytest.mark.parametrize("domain", Domain)
def test_a_portrait_is_of_another_style_among_drawn_faces_only(workspace: Workspace, domain: Domain) -> None:
    data = pytest.importorskip("skimage.data")
    portrait = Image.fromarray(data.astronaut()).crop((150, 20, 310, 180)).resize((64, 64))
    given = face(workspace, portrait, domain=domain, box_from=BoxFrom.GIVEN)
    assert clean(workspace, given) == ["other_style" if domain is Domain.ANIME else ""]


def test_what_is_no_face_is_flagged_and_a_second_face_too(workspace: Workspace) -> None:
    data = pytest.importorskip("skimage.data")
    given: dict[str, Any] = {"box_from": BoxFrom.GIVEN, "landmarks": (), "domain": Domain.HUMAN}
    cup = face(workspace, Image.fromarray(data.coffee()).crop((100, 50, 400, 350)).resize((64, 64)), **given)
    portrait = Image.fromarray(data.astronaut()).crop((150, 20, 310, 180))
    pair = Image.new("RGB", (260, 160))
    pair.paste(portrait, (0, 0))
    pair.paste(portrait.crop((30, 0, 160, 160)), (130, 0))
    two = face(workspace, pair.crop((60, 0, 220, 160)).resize((64, 64)), "two", **given)
    assert "not_a_face" in clean(workspace, cup)[0]
    assert clean(workspace, two) == ["several_faces"]
