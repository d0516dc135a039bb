"""The method's settings; docs/lab/projected.md has the runs behind them."""

from dataclasses import dataclass
from math import inf
from typing import ClassVar

from f2a_train.config import Config, choice


@dataclass(frozen=True, kw_only=True)
class ProjectedConfig(Config):
    """The settings of a run; see each field's help."""

    METHOD: ClassVar[str] = "projected"

    steps: int = choice(12_000, "", low=1)
    batch_size: int = choice(16, "", low=1)
    decay_from: int = choice(8_000, "")
    ema_half_life: float = choice(5_000.0, "", below=inf)
    width: int = choice(32, "", low=4, high=256)
    blocks: int = choice(3, "Residual blocks at 8x8.", high=16)
    content_weight: float = choice(2.0, "Weight of the photo's pose and shapes.", below=inf)
    colour_weight: float = choice(10.0, "Weight of the photo's colours.", below=inf)
    brightening: float = choice(
        0.5, "Share of the domains' difference in colour that results may follow.", high=1
    )
    identity_weight: float = choice(5.0, "", below=inf)
    backbone_side: int = choice(
        0,
        "Enlarge faces to this for the frozen features; 0: to 96, or not if they are larger.",
        metavar="PIXELS",
        high=512,
    )


PRESETS = {"projected": ProjectedConfig()}
