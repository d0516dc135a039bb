"""The four networks that train together."""

from torch import nn

from f2a_methods.cyclegan.discriminator import Discriminator, normalise_spectra
from f2a_methods.cyclegan.generators import make_generator
from f2a_methods.cyclegan.settings import Architecture


class CycleGan(nn.Module):
    """The four networks of figure 3: G and F, and a discriminator for each side.

    Args:
        architecture: the architecture; the width must be given.
        size: pixels of a face's side.

    Raises:
        ValueError: see `make_generator`.
    """

    def __init__(self, architecture: Architecture, size: int) -> None:
        super().__init__()
        self.human2anime = make_generator(architecture, size)
        self.anime2human = make_generator(architecture, size)
        self.discriminator_human = _discriminator(architecture, size)
        self.discriminator_anime = _discriminator(architecture, size)
        self.apply(_initialise)
        if architecture.spectral_norm:  # after the initialisation, which sees the plain weights
            normalise_spectra(self.discriminator_human)
            normalise_spectra(self.discriminator_anime)

    @property
    def generators(self) -> dict[str, nn.Module]:
        """Both generators, by the direction they translate in."""
        return {"human2anime": self.human2anime, "anime2human": self.anime2human}

    @property
    def discriminators(self) -> dict[str, nn.Module]:
        """Both discriminators, by the domain that they judge."""
        return {"human": self.discriminator_human, "anime": self.discriminator_anime}


def _discriminator(architecture: Architecture, size: int) -> Discriminator:
    """The discriminator has the residual generator's width; the U-Net's is half of that in the paper."""
    width = 2 * architecture.width if architecture.generator == "unet" else architecture.width
    return Discriminator(width, size, spectral=architecture.spectral_norm, whole=architecture.global_head)


def _initialise(module: nn.Module) -> None:
    """Weights from N(0, 0.02), biases zero: the initialisation of DCGAN and CycleGAN."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
