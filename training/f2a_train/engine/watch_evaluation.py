"""An evaluation of a run on fixed probe faces."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from f2a_manifests import Domain
from f2a_metrics import WATCHED, Reference, measure
from f2a_metrics.reference import FEWEST
from f2a_train.engine.run import Run
from f2a_train.evaluation_rows import evaluation_rows
from f2a_train.pixels import to_images

PROBES = 64  # faces of a domain


@dataclass(frozen=True, slots=True)
class Probes:
    """The faces of every evaluation of a run: as many humans as drawings.

    Attributes:
        humans: uint8 (up to 64, 3, S, S), to be translated; held out where the manifest has a split.
        reference: the anime faces that results are compared with; encoded once.
        untranslated: `kid_lite2` of the humans themselves.
    """

    humans: Tensor
    reference: Reference
    untranslated: float

    @classmethod
    def of(cls, human: Path, anime: Path, size: int, source: str = "") -> "Probes":
        """Choose them: the same ones each time.

        Args:
            human: the manifest.
            anime: likewise.
            size: pixels of a face's side.
            source: of the human faces; empty for all.

        Raises:
            FatalError: there are fewer than 8 faces, one is broken, or the backbone's weights are missing.
        """
        photos = evaluation_rows(human, Domain.HUMAN, PROBES, FEWEST, source).pixels(size)
        drawings = evaluation_rows(anime, Domain.ANIME, PROBES, FEWEST).pixels(size)
        count = min(len(photos), len(drawings))  # coverage depends on both numbers
        photos, reference = photos[:count], Reference.of(drawings[:count])
        untranslated = measure(photos, reference, metrics=("kid_lite2",))["kid_lite2"].value
        return cls(torch.from_numpy(photos).permute(0, 3, 1, 2), reference, untranslated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The values; from `kid_lite2` to `change` the metrics of those names.

    Attributes:
        images: of one domain that the run has trained on so far.
        untranslated: `kid_lite2` of the probe faces themselves: the score of an identity mapping.
    """

    images: int
    kid_lite2: float
    untranslated: float
    coverage: float
    spread: float
    retrieval: float
    colour_rank: float
    tone_rank_skin: float
    tone_rank_hair: float
    change: float

    @classmethod
    def at(cls, run: Run, probes: Probes) -> "Evaluation":
        """Evaluate a run, which is not changed."""
        results = to_images(run.translate("human2anime", probes.humans))
        scores = measure(results, probes.reference, to_images(probes.humans), metrics=WATCHED)
        return cls(
            images=run.step * run.config.batch_size,
            untranslated=probes.untranslated,
            **{name: scores[name].value for name in WATCHED},
        )
