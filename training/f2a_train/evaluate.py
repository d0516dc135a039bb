"""Evaluate a trained generator on held-out human faces, beside two baselines."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from f2a_faces.images import Pixels
from f2a_manifests import Domain, ExitCode, FatalError, sha256_file, write_text
from f2a_manifests.run_folder import RunFolder
from f2a_metrics import Reference, Scores, inception, measure, version
from f2a_metrics.pictures import Pictures
from f2a_metrics.reference import FEWEST
from f2a_metrics.table import inception_rows, plain, table
from f2a_train.evaluation_rows import Crops, EvaluationRows, evaluation_rows
from f2a_train.generators import load
from f2a_translate.directions import DIRECTIONS
from f2a_translate.translator import Translator

RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Manifests:
    """The manifests, and the source of the human faces; empty: all."""

    human: Path
    anime: Path
    human_source: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of an evaluation.

    Attributes:
        scores: of the results.
        floor: of other real anime faces, in place of the results.
        copied: of the human faces themselves, in place of the results.
        facts: what was evaluated and how, in plain values.
    """

    scores: Scores
    floor: Scores
    copied: Scores
    facts: dict[str, Any]

    def text(self) -> str:
        """The table, and what it was made of."""
        facts = self.facts
        judged = f"{facts['faces']} results of step {facts['step']}, from {facts['humans']} human faces"
        reals = f"as many {facts['animes']} anime faces; as many others for the floor"
        backbone = f"backbone {facts['backbone']}; intervals from {facts['resamples']} resamples"
        rows = [table(self.scores, self.floor, self.copied), *inception_rows(facts.get("inception", {}))]
        return "\n".join([*rows, f"{judged}; reals: {reals}", backbone])

    def json(self) -> str:
        """Everything, as JSON."""
        parts = {"scores": self.scores, "floor": self.floor, "copy_the_input": self.copied}
        values = self.facts | {name: plain(part) for name, part in parts.items()}
        return json.dumps(values, indent=2, allow_nan=False) + "\n"


def evaluate(
    checkpoint: Path,
    human: Path | None = None,
    anime: Path | None = None,
    *,
    faces: int = 500,
    device: str = "auto",
    inception_weights: Path | None = None,
) -> Evaluation:
    """Translate held-out human faces, evaluate the results, and write ``metrics.json``.

    Args:
        checkpoint: a run's folder, its ``checkpoint.pt``, or an exported ``.onnx``.
        human: manifest of the human faces; None for the one that the run was trained on.
        anime: likewise.
        faces: results to evaluate, at most.
        device: ``auto``, ``cpu`` or ``cuda``.
        inception_weights: for FID and KID as well, see `f2a_metrics.inception.load`.

    Raises:
        FatalError: the checkpoint, a manifest, a crop or the backbone's weights cannot be used, there are
            too few faces, or ``metrics.json`` cannot be written.
    """
    to_anime = load(checkpoint, DIRECTIONS[0], device)
    size, manifests = to_anime.card.size, _manifests(checkpoint, human, anime)
    humans = evaluation_rows(manifests.human, Domain.HUMAN, faces, FEWEST, manifests.human_source)
    animes = evaluation_rows(manifests.anime, Domain.ANIME, 2 * faces, 2 * FEWEST)
    sources, reals, others = _equally_many(humans, animes, size)
    reference = Reference.of(reals)
    results = Translated(to_anime, sources)
    done = Evaluation(
        measure(results, reference, sources, resamples=RESAMPLES),
        measure(others, reference, sources, resamples=RESAMPLES),
        measure(sources, reference, sources, resamples=RESAMPLES),
        _facts(to_anime, manifests, humans, animes, len(sources)),
    )
    if inception_weights:
        done.facts["inception"] = inception.measure(inception_weights, results, reals, others, sources)
    write_text(_out(checkpoint), done.json())
    return done


def _equally_many(humans: EvaluationRows, animes: EvaluationRows, size: int) -> tuple[Crops, Crops, Crops]:
    """Equal numbers of human, real anime and other anime faces, which coverage and intervals depend on."""
    count = min(len(humans.rows), len(animes.rows) // 2)
    first, second = slice(count), slice(count, 2 * count)
    return humans.crops(size, first), animes.crops(size, first), animes.crops(size, second)


@dataclass(frozen=True, slots=True)
class Translated:
    """Results that are computed when they are read; see `f2a_metrics.pictures.Pictures`."""

    translator: Translator
    sources: Pictures

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, part: slice) -> Pixels:
        """Translate some sources."""
        return self.translator(self.sources[part])


def _manifests(checkpoint: Path, human: Path | None, anime: Path | None) -> Manifests:
    if human and anime:
        return Manifests(human, anime)
    run = RunFolder.of(checkpoint)
    try:
        mark = run.read_mark()
        source = str(mark.config["human_source"]) if human is None else ""
        return Manifests(human or run.root / mark.human, anime or run.root / mark.anime, source)
    except (FatalError, KeyError) as error:
        message = f"{run.mark} does not say what was trained on ({error}); give --human and --anime"
        raise FatalError(message, ExitCode.USAGE) from None


def _facts(
    translator: Translator, manifests: Manifests, humans: EvaluationRows, animes: EvaluationRows, count: int
) -> dict[str, Any]:
    names, anime = {True: "held-out", False: "training"}, sha256_file(manifests.anime)
    return {
        "step": translator.card.step,
        "faces": count,
        "humans": names[humans.held_out],
        "animes": names[animes.held_out],
        "human_source": manifests.human_source,
        "human_sha256": sha256_file(manifests.human),
        "anime_sha256": anime,
        "trained_on_these": translator.card.anime_sha256 == anime,
        "backbone": version(),
        "resamples": RESAMPLES,
    }


def _out(checkpoint: Path) -> Path:
    if checkpoint.suffix.lower() == ".onnx" and not checkpoint.is_dir():
        return checkpoint.with_suffix(".metrics.json")
    return RunFolder.of(checkpoint).root / "metrics.json"
