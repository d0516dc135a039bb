"""Train the method on two manifests, until the engine of `f2a-train train` takes it over.

    python -m f2a_train.methods.projected --human w/manifests/human.csv --anime w/manifests/anime.csv \
        --minutes 60 --out w/runs/projected

Writes ``checkpoint.pt``, which the same command goes on from, and at the end ``generator.onnx``.
"""

import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import torch

from f2a_manifests import ExitCode, FatalError, atomic_file
from f2a_train.card import Card
from f2a_train.checkpoint import Origin, read
from f2a_train.data import Faces, Sampler, load_faces, to_floats
from f2a_train.export import write
from f2a_train.export_faces import Probes
from f2a_train.grid import to_images
from f2a_train.machine import has_bf16
from f2a_train.methods.projected.learner import DIRECTION, Choices, Learner
from f2a_train.torch_translator import TorchTranslator

METHOD = "projected"
SAVE_EVERY = 120.0
"""Seconds."""
FILE = click.Path(path_type=Path)


@click.command()
@click.option("--human", type=FILE, required=True, help="Manifest of the human faces.")
@click.option("--anime", type=FILE, required=True, help="Manifest of the anime faces, of the same size.")
@click.option("--out", type=FILE, required=True, help="Folder of the run.")
@click.option("--minutes", type=float, default=60.0, show_default=True, help="Of training, in all.")
@click.option("--batch-size", type=click.IntRange(min=1), default=16, show_default=True)
@click.option("--init", type=FILE, help="A checkpoint.pt of this command, of any size, to begin from.")
@click.option("--seed", type=int, default=0, show_default=True)
def main(
    human: Path, anime: Path, out: Path, minutes: float, batch_size: int, init: Path | None, seed: int
) -> None:
    """Train, and export the generator."""
    humans, animes = load_faces(human), load_faces(anime)
    origin = Origin.of(humans, animes)
    file = out / "checkpoint.pt"
    kept = _read(file) if file.exists() else {}
    bf16 = kept["choices"]["bf16"] if kept else has_bf16(torch.device("cpu"))
    learner = Learner(Choices(size=origin.size, seed=seed, bf16=bf16))
    about = {"method": METHOD, "choices": asdict(learner.choices), "origin": asdict(origin)}
    if kept and any(kept[name] != value for name, value in about.items()):
        raise FatalError(
            f"{file} is of other faces or choices; give the same again, or a new --out", ExitCode.USAGE
        )
    seconds = _begin(learner, kept, init)
    orders = [Sampler(len(faces.pixels), batch_size, (seed, n)) for n, faces in enumerate((humans, animes))]
    saved = seconds
    while seconds < 60 * minutes:
        began = time.monotonic()
        pair = [
            to_floats(order.batch(faces.pixels, learner.step))
            for order, faces in zip(orders, (humans, animes), strict=True)
        ]
        losses = learner.learn(*pair)
        seconds += time.monotonic() - began
        if learner.step % 20 == 0:
            click.echo(
                f"step {learner.step}: " + ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
            )
        if seconds > saved + SAVE_EVERY or seconds >= 60 * minutes:
            _save(file, about | {"seconds": seconds}, learner)
            saved = seconds
    _export(out / "generator.onnx", learner, humans, animes)


def _begin(learner: Learner, kept: Mapping[str, Any], init: Path | None) -> float:
    """Go on, begin from other weights, or begin anew; gives the seconds trained so far."""
    if kept:
        learner.restore(kept["state"])
        torch.set_rng_state(kept["rng"])
        return float(kept["seconds"])
    if init:
        other = _read(init)["state"]
        learner.adopt(other["average"], other["heads"])
    return 0.0


def _read(file: Path) -> Mapping[str, Any]:
    content = read(file)
    if content.get("method") != METHOD:
        raise FatalError(f"{file}: not a checkpoint of the method {METHOD}")
    return content


def _save(file: Path, about: dict[str, Any], learner: Learner) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(file) as stream:
        torch.save(about | {"state": learner.state(), "rng": torch.get_rng_state()}, stream)


def _export(out: Path, learner: Learner, humans: Faces, animes: Faces) -> None:
    hashes = humans.sha256, animes.sha256
    card = Card(DIRECTION, humans.size, METHOD, learner.step, humans.crop_rule, *hashes)
    source = TorchTranslator(learner.average, card, torch.device("cpu"))
    done = write(source, out, Probes(to_images(humans.probes), "human faces of the run"), half=True)
    click.echo(f"{out}: {done.bytes / 1e6:.1f} MB, step {learner.step}")


if __name__ == "__main__":
    try:
        main()
    except FatalError as error:
        click.echo(f"projected: {error}", err=True)
        sys.exit(error.code)
