"""A look at a run: what its generator makes of probe faces, what its discriminators say of real ones."""

from dataclasses import dataclass
from math import nan
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from f2a_faces.images import Pixels
from f2a_train.data import Faces, to_floats
from f2a_train.grid import to_images
from f2a_train.metrics import WATCHED, Reference, measure
from f2a_train.metrics.reference import FEWEST
from f2a_train.metrics.rows import judging_rows
from f2a_train.run import Run

PROBES = 64  # faces of a domain
EXTREME = 3  # levels of 255 from black or white
TRUE_ABOVE = {"bce": 0.0, "hinge": 0.0, "lsgan": 0.5}
"""The score above which a discriminator takes a face for a true one, by the adversarial loss."""


@dataclass(frozen=True, slots=True)
class Probes:
    """The faces of every look of a run.

    Attributes:
        humans: uint8 (up to 64, 3, S, S), to be translated; held out where the manifest has a split.
        seen: faces of each domain that the run trains on, likewise.
        unseen: faces of each domain that it does not; empty where the manifests have no split.
        reference: the anime faces that results are compared with.
        extreme: their share of black and white, see `_extreme`.
        untranslated: `kid_local` of the humans as they are.
    """

    humans: Tensor
    seen: dict[str, Tensor]
    unseen: dict[str, Tensor]
    reference: Reference
    extreme: float
    untranslated: float

    @classmethod
    def of(cls, human: Path, anime: Path, humans: Faces, animes: Faces, source: str = "") -> "Probes":
        """Choose them: the same ones each time.

        Args:
            human: the manifest.
            anime: likewise.
            humans: what the run trains on.
            animes: likewise.
            source: of the human faces; empty for all.

        Raises:
            FatalError: there are fewer than 8 faces, one is broken, or the encoder is.
        """
        rows = {
            "human": judging_rows(human, PROBES, FEWEST, source),
            "anime": judging_rows(anime, PROBES, FEWEST),
        }
        pixels = {domain: some.pixels(humans.size) for domain, some in rows.items()}
        faces = {domain: torch.from_numpy(those).permute(0, 3, 1, 2) for domain, those in pixels.items()}
        held_out = all(some.held_out for some in rows.values())
        seen = {"human": _some(humans.pixels), "anime": _some(animes.pixels)}
        reference = Reference.of(pixels["anime"])
        return cls(
            faces["human"],
            seen,
            faces if held_out else {},
            reference,
            _extreme(pixels["anime"]),
            _kid(pixels["human"], reference),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen; from `kid_local` to `change` the metrics of those names.

    Attributes:
        images: of one domain that the run has trained on so far.
        untranslated: `kid_local` of the probe faces as they are: what doing nothing comes to.
        tone: correlation of a result's brightness with its input's, averaged over the faces; -1 inverted.
        saturation: share of colour values that are black or white, beyond the real faces' share.
        seen: share of true faces that the discriminators take for true, of those trained on.
        unseen: likewise of those not trained on; NaN where there are none.
    """

    images: int
    kid_local: float
    untranslated: float
    diversity: float
    face_rate: float
    retrieval_edges: float
    change: float
    tone: float
    saturation: float
    seen: float
    unseen: float

    @classmethod
    def at(cls, run: Run, probes: Probes) -> "Look":
        """Look; nothing of the run changes."""
        sources = to_images(probes.humans)
        results = to_images(run.translate("human2anime", probes.humans))
        scores = measure(results, probes.reference, sources, metrics=WATCHED)
        return cls(
            images=run.step * run.config.batch_size,
            **{name: getattr(scores, name).value for name in WATCHED},
            untranslated=probes.untranslated,
            tone=_tone(results, sources),
            saturation=_extreme(results) - probes.extreme,
            seen=_taken_for_true(run, probes.seen),
            unseen=_taken_for_true(run, probes.unseen),
        )


def _kid(faces: Pixels, reference: Reference) -> float:
    score = measure(faces, reference, metrics=("kid_local",)).kid_local
    assert score is not None  # noqa: S101 -- for the type: it was asked for
    return score.value


def _some(pixels: Tensor) -> Tensor:
    return pixels[np.random.default_rng(0).permutation(len(pixels))[:PROBES]]


def _extreme(faces: Pixels) -> float:
    """Share of colour values within `EXTREME` of black or of white."""
    return float(((faces <= EXTREME) | (faces >= 255 - EXTREME)).mean())


def _tone(results: Pixels, sources: Pixels) -> float:
    """Mean over the faces of the correlation of grey pixels; 0 where a face has but one grey."""
    grey = [faces.mean(3).reshape(len(faces), -1) for faces in (results, sources)]
    left, right = (some - some.mean(1, keepdims=True) for some in grey)
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return float(((left * right).sum(1) / lengths.clip(1e-6)).mean())


def _taken_for_true(run: Run, faces: dict[str, Tensor]) -> float:
    """The discriminators' accuracy at true faces, averaged over the domains."""
    shares = [_accuracy(run, domain, those) for domain, those in faces.items()]
    return sum(shares) / len(shares) if shares else nan


def _accuracy(run: Run, domain: str, faces: Tensor) -> float:
    network = run.networks.discriminators[domain].eval()  # in training mode spectral normalisation would move
    with torch.no_grad():
        scores = network.forward(to_floats(faces.to(run.device))).flatten(1).mean(1)
    network.train()
    return float((scores > TRUE_ABOVE[run.config.loss]).float().mean())
