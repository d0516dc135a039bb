"""detect, crop, dedup, clean, split."""

from pathlib import Path
from typing import Any

import click

from f2a_data.commands.options import report, workers_option, workspace_option
from f2a_data.config import STAGES, build
from f2a_data.engine import runner
from f2a_data.stages import Clean, Dedup, Review, Split
from f2a_data.stages.hamming import MAX_RADIUS
from f2a_faces import detectors
from f2a_faces.crop import PRESETS, SIZES
from f2a_manifests import Workspace


@click.command(short_help="Detect the faces in every image.")
@workspace_option
@workers_option
@click.option("--detector", type=click.Choice(detectors.names()), default="f2a", show_default=True,
              help="For illustrations.")  # fmt: skip
@click.option("--human-detector", type=click.Choice(detectors.names()), default="f2a", show_default=True,
              help="For photos.")  # fmt: skip
@click.option("--cascade", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="OpenCV cascade file; implies --detector cascade.")  # fmt: skip
@click.option("--weights", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="Your own network for the f2a detector.")  # fmt: skip
@click.option("--small-faces", is_flag=True,
              help="A second pass for small faces: full-body drawings and crowds.")  # fmt: skip
def detect(
    workspace: Workspace,
    workers: int,
    detector: str,
    human_detector: str,
    cascade: Path | None,
    **options: Any,  # noqa: ANN401 -- the options above
) -> int:
    """Detect the faces in every image that did not come with boxes.

    Boxes are in pixels of the full image. An image without a face is
    dropped; one that cannot be decoded becomes an error row.

    Example: f2a-data detect --cascade lbpcascade_animeface.xml
    """
    if cascade and "cascade" not in (detector, human_detector):
        detector = "cascade"
    options |= {"detector": detector, "human_detector": human_detector, "cascade": cascade}
    return _run("detect", workspace, workers, options)


@click.command(short_help="Crop the faces.")
@workspace_option
@workers_option
@click.option("--preset", type=click.Choice(list(PRESETS)), default="default", show_default=True,
              help="Crop rule.")  # fmt: skip
@click.option("--size", type=click.Choice(SIZES), default=64, show_default=True, help="Pixels a side.")
def crop(workspace: Workspace, workers: int, preset: str, size: int) -> int:
    """Crop every face from its full-size image into a square PNG.

    Faces too small for the rule are dropped with a reason. Files are named after their content.

    Example: f2a-data crop --preset paper --size 64
    """
    return _run("crop", workspace, workers, {"preset": preset, "size": size})


@click.command(short_help="Drop copies and near copies.")
@workspace_option
@click.option("--radius", type=click.IntRange(0, MAX_RADIUS), default=Dedup().radius, show_default=True,
              help="Largest Hamming distance between the perceptual hashes of copies.")  # fmt: skip
def dedup(workspace: Workspace, radius: int) -> int:
    """Drop exact and near copies of faces; keep the best of each group (largest, then highest score).

    Every dropped face is within the radius of the kept one: groups never chain.

    Example: f2a-data dedup --radius 4
    """
    return report(runner.run(build(Dedup, "dedup", {"radius": radius}), workspace))


@click.command(short_help="Flag doubtful faces.")
@workspace_option
@workers_option
def clean(workspace: Workspace, workers: int) -> int:
    """Flag faces that may be false detections or unusable. Nothing is dropped; you decide in the review.

    Thresholds can be set in f2a.toml; docs/clean.md explains the flags.

    Example: f2a-data clean
    """
    return report(runner.run(Clean(), workspace, workers))


@click.command(short_help="Split into train, val and test.")
@workspace_option
@click.option("--val", type=click.FloatRange(0, 0.9), default=Split().val, show_default=True, help="Share.")
@click.option("--test", type=click.FloatRange(0, 0.9), default=Split().test, show_default=True, help="Share.")
@click.option("--seed", default=0, show_default=True, help="Another seed, another split.")
@click.option("--official", is_flag=True, help="Use the source's own split if it has one.")
@click.option("--fold", type=click.IntRange(1, 5), default=Split().fold, show_default=True,
              help="With --official: the FBP5500 fold for test.")  # fmt: skip
def split(workspace: Workspace, **options: Any) -> int:  # noqa: ANN401 -- the options above
    """Split the kept faces into train, val and test without leaks.

    A duplicate group, a post with its variants, and a CelebA identity are always in one split. Applies
    the review's decisions first.

    Example: f2a-data split --val 0.05 --test 0.05 --seed 0
    """
    stage = build(Split, "split", options)
    runner.run(Review(), workspace)
    return report(runner.run(stage, workspace))


def _run(name: str, workspace: Workspace, workers: int, options: dict[str, Any]) -> int:
    return report(runner.run(build(STAGES[name], name, options), workspace, workers))


COMMANDS = (detect, crop, dedup, clean, split)
