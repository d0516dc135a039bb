"""f2a.toml: one file for all stages, and a clear word about every mistake in it."""

from pathlib import Path

import pytest

from f2a_data.config import read
from f2a_manifests import ExitCode, FatalError


def _config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "f2a.toml"
    path.write_text(text)
    return path


def test_sources_and_stages_come_in_their_order(tmp_path: Path) -> None:
    config = read(
        _config(
            tmp_path,
            'workspace = "w"\n[crop]\npreset = "paper"\nsize = 128\n[split]\nval = 0\n'
            '[[folder]]\npath = "a"\ndomain = "anime"\n'
            '[[folder]]\npath = "b"\ndomain = "human"\nwhole = true\n'
            '[scrape]\ntags = "1girl"\nlimit = 5\n',
        )
    )
    assert [source.name for source in config.sources] == ["folder", "folder", "scrape"]
    assert [stage.name for stage in config.stages] == ["detect", "crop", "dedup", "clean", "review", "split"]
    assert config.workspace.root == tmp_path / "w"
    assert repr(config.stages[1]) == "Crop(preset='paper', size=128)"
    assert f"path=PosixPath('{tmp_path}/b')" in repr(config.sources[1])  # relative to the file's folder


def test_small_faces_ask_for_a_closer_look(tmp_path: Path) -> None:
    looks = [
        repr(read(_config(tmp_path, f"[detect]\nsmall_faces = {value}")).stages[0])
        for value in ("false", "true")
    ]
    assert [look.count("close_side=1152") for look in looks] == [1, 2]  # photos always, drawings when asked


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[crops]\nsize = 64", "unknown key 'crops'"),
        ("[crop]\nsizes = 64", r"\[crop\]: unknown key 'sizes'; known keys: preset, size"),
        ('[crop]\nsize = "64"', r"\[crop\]: size is '64': expected one of 16, 32, 64, 128, 256, 512"),
        ("[crop]\nsize = true", r"\[crop\]: size is True: expected one of 16"),
        ("[crop]\nsize = 65", "size is 65: expected one of 16, 32"),
        ('[crop]\npreset = "mine"', "preset is 'mine': expected one of paper, default, whole"),
        ("[folder]\npath = 'x'", r"\[folder\]: missing key 'domain'"),
        ("[folder]\npath = 'x'\ndomain = 'cats'", "domain is 'cats': expected one of anime, human"),
        (
            '[detect]\ndetector = "yolo"',
            r"\[detect\]: detector: no detector named 'yolo'; installed: animeface",
        ),
        ("crop = 3", r"crop must be a table: \[crop\]"),
        ("[[crop]]\n[[crop]]", r"crop must be a table"),
        ("workspace = 3", "workspace is 3: expected str, got int"),
        ("workers = 0", "workers is 0: expected int >= 1"),
        ("[dedup]\nradius = '4'", r"\[dedup\]: radius is '4': expected int, got str"),
        ("[dedup]\nradius = 16", "radius is 16: expected int <= 15"),
        ("[clean]\nborder = 'wide'", "border is 'wide': expected float, got str"),
        ("[split]\nval = nan", "val is nan: expected float"),
        ("[split]\nval = 0.5\ntest = 0.5", r"\[split\]: val and test must be shares of 1"),
        (
            "[detect]\ndetector = 'f2a:size=3'",
            "detector f2a: unknown key 'size'; known keys: close_side, kind",
        ),
        ("[detect]\ndetector = 'f2a:threshold=high'", "threshold is 'high': expected float, got str"),
        ("[detect]\ndetector = 3", r"\[detect\]: detector is 3: expected text, got int"),
        ("[crop", r"f2a\.toml"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(FatalError, match=complaint) as caught:
        read(_config(tmp_path, text))
    assert caught.value.code is ExitCode.USAGE


def test_a_byte_order_mark_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "f2a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + 'workspace = "Bücher"\n'.encode())
    assert read(path).workspace.root == tmp_path / "Bücher"
