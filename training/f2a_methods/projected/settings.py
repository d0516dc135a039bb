"""The method's settings. The runs behind the defaults are in docs/lab/projected.md."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from f2a_methods.config import Config, Count, Positive, Share, Weight

HEAD_WARMUP = 20
"""Steps in which only the heads are trained, if the generator starts from trained weights."""


@dataclass(frozen=True, kw_only=True)
class ProjectedConfig(Config):
    """The settings of a run.

    Attributes:
        blocks: residual blocks at 8x8.
        content_weight: of the content loss, which keeps pose and shapes.
        colour_weight: of the colour loss.
        brightening: share of the difference in colour between the domains that is added to the photos'
            colours.
        identity_weight: of an identity loss.
        symmetry_weight: of the symmetry loss: both eyes match, and the mouth is whole and below them.
        reward_weight: of the reward loss: a judge would call the result a whole and clean drawing.
        refine_from: step from which the symmetry and the reward loss apply.
        backbone_side: side of the frozen features' input in pixels; 0: three quarters of the face's, and at
            least 96.
    """

    METHOD: ClassVar[str] = "projected"

    steps: Positive = 12_000
    batch_size: Positive = 16
    decay_from: Count = 8_000
    ema_half_life: Weight = 5_000.0
    frontal_share: Annotated[float, Meta(gt=0, le=1)] = 0.35
    frontal_from: Count = 6_000
    width: Annotated[int, Meta(ge=4, le=256)] = 32
    blocks: Annotated[int, Meta(ge=0, le=16)] = 3
    content_weight: Weight = 2.0
    colour_weight: Weight = 10.0
    brightening: Share = 0.5
    identity_weight: Weight = 5.0
    symmetry_weight: Weight = 1.0
    reward_weight: Weight = 0.25
    refine_from: Count = 400
    backbone_side: Annotated[int, Meta(ge=0, le=512)] = 0


PRESETS = {
    "projected": ProjectedConfig(),
    "fine-tune": ProjectedConfig(
        steps=300,
        learning_rate=5e-5,
        decay_from=100,
        frontal_from=0,
        reward_weight=1.0,
        refine_from=HEAD_WARMUP,
    ),
}
