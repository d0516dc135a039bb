"""The experiments and their common settings."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from f2a_manifests import Domain
from f2a_methods import from_preset
from f2a_methods.config import Config, Precision
from f2a_train.data.rows import stream_faces, training_split
from f2a_train.engine.options import Device


@dataclass(frozen=True, slots=True)
class Network:
    """What is trained.

    Attributes:
        title: for display.
        preset: of the settings.
        generator: overrides the preset's; None where its method has only one.
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

# Figures 8 to 11 of the paper: the caption of figure 11 does not name the network; it is the one left.
EXPERIMENTS = (
    Experiment(8, "resnet9", "celeba"),
    Experiment(9, "resnet9", "fbp5500"),
    Experiment(10, "unet", "celeba"),
    Experiment(11, "unet", "fbp5500"),
    Experiment(BEYOND, "projected", "celeba"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The settings of all experiments.

    Attributes:
        human: manifest of the human faces of all sources.
        anime: manifest of the anime faces.
        photos: a folder of photos, or one, that are not in the data (not checked); None for no figure.
        minutes: of training for each; 0 for no such limit.
        steps: for each; 0 for the preset's.
        width: of the generators; 0 for the paper's.
        precision: see `Config`.
        seed: see `Config`.
        device: ``auto``, ``cpu`` or ``cuda``.
        checkpoint_every: steps between checkpoints.
        progress: whether to draw bars on standard error.
    """

    human: Path
    anime: Path
    photos: Path | None = None
    minutes: float = 0.0
    steps: int = 0
    width: int = 0
    precision: Precision = "auto"
    seed: int = 0
    device: Device = "auto"
    checkpoint_every: int = 100
    progress: bool = True

    def config(self, experiment: Experiment) -> Config:
        """The experiment's preset with the plan's changes."""
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


def training_faces(manifest: Path, domain: Domain, source: str = "") -> int:
    """The number of training faces of a source; see `stream_faces`."""
    splits = Counter(row.split for row in stream_faces(manifest, domain, source))
    return splits[training_split(splits)]
