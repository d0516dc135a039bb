"""CycleGAN (Zhu et al. 2017), as in the paper, with optional improvements; both directions."""

from f2a_methods.cyclegan.settings import PRESETS, CycleGanConfig
from f2a_methods.method import Method
from f2a_translate.directions import DIRECTIONS

METHOD = Method(
    config=CycleGanConfig,
    presets=PRESETS,
    running={"paper": {"watchdog": "warn"}, "steady": {"watchdog": "act"}},  # the paper has no watchdog
    losses=(
        "adversarial_anime",
        "adversarial_human",
        "cycle_human",
        "cycle_anime",
        "identity",
        "generators",
        "discriminator_anime",
        "discriminator_human",
        "gradient_penalty",
    ),
    shown=("generators", "discriminator_anime", "discriminator_human"),
    charts={
        "Adversarial, generators": ("adversarial_anime", "adversarial_human"),
        "Discriminators": ("discriminator_anime", "discriminator_human"),
        "Cycle, pixels in [-1, 1]": ("cycle_human", "cycle_anime"),
    },
    directions=DIRECTIONS,
    module="f2a_methods.cyclegan.learner",
)
