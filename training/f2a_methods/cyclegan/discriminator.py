"""The discriminator: the paper's, with the options of `Architecture`."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class Discriminator(nn.Module):
    """A PatchGAN of four convolutions with stride 2: 64x64 becomes a 4x4x1 map of logits.

    The receptive field of each logit is 46 pixels. No sigmoid: the losses take logits. With a global head
    the map has a second channel, that head's one logit at each position, so that an average over the map
    gives both heads the same weight.

    Args:
        width: channels of the first layer; the next have two and four times as many.
        size: pixels of a side; the global head depends on it.
        spectral: use spectral normalisation instead of instance normalisation.
        whole: whether there is a global head, which scores the whole face.
    """

    def __init__(self, width: int, size: int = 64, *, spectral: bool = False, whole: bool = False) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            *_patch(width, 2 * width, normalised=not spectral),
            *_patch(2 * width, 4 * width, normalised=not spectral),
        )
        self.patches = nn.Conv2d(4 * width, 1, 4, stride=2, padding=1)
        self.whole = _whole(4 * width, size) if whole else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to logits (N, 1 or 2, S / 16, S / 16)."""
        features = self.features(x)
        patches: Tensor = self.patches(features)
        if self.whole is None:
            return patches
        return torch.cat([patches, self.whole(features).expand_as(patches)], dim=1)


def _patch(before: int, after: int, *, normalised: bool) -> list[nn.Module]:
    convolution = nn.Conv2d(before, after, 4, stride=2, padding=1, bias=not normalised)
    return [convolution, *([nn.InstanceNorm2d(after)] if normalised else []), nn.LeakyReLU(0.2)]


def _whole(channels: int, size: int) -> nn.Sequential:
    """The global head: features, an eighth of ``size`` per side, to one logit, (N, 1, 1, 1)."""
    halve = nn.Conv2d(channels, channels, 4, stride=2, padding=1)
    return nn.Sequential(halve, nn.LeakyReLU(0.2), nn.Conv2d(channels, 1, size // 16))


def normalise_spectra(network: nn.Module) -> None:
    """Spectral normalisation of all convolutions (Miyato et al., 2018)."""
    for layer in list(network.modules()):
        if isinstance(layer, nn.Conv2d):
            spectral_norm(layer)
