"""Section by section of what comes from outside broken: rows with reasons, and the run goes on."""

from pathlib import Path

from commands import Runner
from f2a_demo.drawing import draw
from f2a_faces.images import encode_png
from f2a_manifests import ExitCode, Reason, Status, Workspace


def test_bad_files_become_rows_with_reasons_beside_good_ones(
    tmp_path: Path, bad_images: dict[str, Path], run_command: Runner
) -> None:
    folder = next(iter(bad_images.values())).parent
    good = tmp_path / "good"
    good.mkdir()
    (good / "a.png").write_bytes(encode_png(draw(1).pixels[..., :3]))
    (tmp_path / "f2a.toml").write_text(
        f'[[folder]]\npath = "good"\ndomain = "anime"\n'
        f'[[folder]]\npath = "{folder}"\ndomain = "anime"\nsource = "bad"\n'
    )
    done = run_command("f2a-data", "run")
    units = Workspace(tmp_path / "workspace").load()
    errors = [unit.image for unit in units if unit.image.status is Status.ERROR]
    assert done.returncode == ExitCode.ROW_ERRORS
    assert done.stdout.splitlines()[-1].endswith(f"{len(errors)} errors")
    assert "Traceback" not in done.stderr
    assert len(errors) >= 4
    assert all(image.reason and image.stage for image in errors)
    assert len(units) == len(bad_images)  # the good one more, the text file less; and that is said:
    assert "skipped 1 files that are not images" in done.stderr
    assert [unit.image.status for unit in units if unit.image.source == "good"] == [Status.KEEP]
    assert {Reason.HTML_PAGE, Reason.TOO_MANY_PIXELS, Reason.FILE_EMPTY} <= {image.reason for image in errors}
