"""The experiments, and what all of them share."""

from collections import Counter
from dataclasses import dataclass
from math import inf
from pathlib import Path

from f2a_manifests import Domain
from f2a_train.config import Config
from f2a_train.data.rows import face_rows, trained_on
from f2a_train.methods import from_preset


@dataclass(frozen=True, slots=True)
class Network:
    """What is trained.

    Attributes:
        title: for people.
        preset: whose choices it has.
        generator: the preset's choice of one; None where its method has only one.
    """

    title: str
    preset: str
    generator: str | None = None


NETWORKS = {
    "resnet9": Network("Residual blocks", "paper", "resnet9"),
    "unet": Network("U-Net", "paper", "unet"),
    "projected": Network("Projected discriminators", "projected"),
}
SOURCES = {"celeba": "CelebA", "fbp5500": "SCUT-FBP5500"}


@dataclass(frozen=True, slots=True)
class Experiment:
    """A kind of network, and the human faces that it learns from.

    Attributes:
        figure: the paper's figure with its results; `BEYOND` has none.
        network: of `NETWORKS`.
        source: of the human rows.
    """

    figure: int
    network: str
    source: str

    @property
    def name(self) -> str:
        """Also of its folder."""
        return f"{self.source}-{self.network}"

    @property
    def title(self) -> str:
        """For people."""
        return f"{NETWORKS[self.network].title} on {SOURCES[self.source]}"


NOVEL, BACKWARDS, BEYOND = 12, 13, 14
"""The figures of faces that no data set had, of anime faces made human, and one beyond the paper."""

# Figures 8 to 11 of the paper: the caption of figure 11 names the faces only, the others leave this one.
EXPERIMENTS = (
    Experiment(8, "resnet9", "celeba"),
    Experiment(9, "resnet9", "fbp5500"),
    Experiment(10, "unet", "celeba"),
    Experiment(11, "unet", "fbp5500"),
    Experiment(BEYOND, "projected", "celeba"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What every experiment gets.

    Attributes:
        human: manifest of the human faces of all sources.
        anime: manifest of the anime faces.
        photos: a folder of photos, or one, that the data do not have (not checked); None for no figure.
        minutes: of training for each; 0 for no such limit.
        steps: for each; 0 for the preset's.
        width: of the generators; 0 for the paper's.
        precision: see `Config`.
        seed: see `Config`.
        device: ``auto``, ``cpu`` or ``cuda``.
        checkpoint_every: steps that a kill costs at most.
        progress: whether to draw bars on standard error.
    """

    human: Path
    anime: Path
    photos: Path | None = None
    minutes: float = 0.0
    steps: int = 0
    width: int = 0
    precision: str = "auto"
    seed: int = 0
    device: str = "auto"
    checkpoint_every: int = 100
    progress: bool = True

    @property
    def seconds(self) -> float:
        """Of training for each experiment."""
        return 60 * self.minutes or inf

    def config(self, experiment: Experiment) -> Config:
        """The experiment's preset, but for what was asked to be otherwise."""
        network = NETWORKS[experiment.network]
        return from_preset(
            network.preset,
            generator=network.generator,
            human_source=experiment.source,
            width=self.width or None,
            steps=self.steps or None,
            precision=self.precision,
            seed=self.seed,
        )


def training_faces(manifest: Path, domain: Domain) -> Counter[str]:
    """How many faces each source has for training.

    Raises:
        FatalError: see `face_rows`.
    """
    return Counter(row.source for row in trained_on(face_rows(manifest, domain)))
