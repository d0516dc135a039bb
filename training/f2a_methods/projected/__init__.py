"""Photos to drawings, with projected discriminators (Sauer et al. 2021); one direction."""

from f2a_methods.method import Method
from f2a_methods.projected.settings import PRESETS, ProjectedConfig
from f2a_translate.directions import DIRECTIONS

METHOD = Method(
    config=ProjectedConfig,
    presets=PRESETS,
    running={
        "projected": {"watchdog": "act"},
        "fine-tune": {"watchdog": "act", "sample_every": 25, "checkpoint_every": 25, "watch_every": 50},
    },
    losses=(
        "adversarial",
        "content",
        "colour",
        "identity",
        "symmetry",
        "reward",
        "generator",
        "discriminator",
    ),
    shown=("generator", "discriminator"),
    charts={
        "Discriminator": ("discriminator",),
        "Content": ("content",),
        "Colours, pixels in [-1, 1]": ("colour",),
    },
    directions=DIRECTIONS[:1],
    module="f2a_methods.projected.learner",
)
