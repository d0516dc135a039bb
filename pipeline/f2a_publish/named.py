"""CelebA and SCUT-FBP5500, with a list of images instead of a sample."""

from collections.abc import Collection
from dataclasses import dataclass, field

from f2a_data.sources.celeba import CelebA
from f2a_data.sources.fbp5500 import Fbp5500


@dataclass(frozen=True)
class NamedCelebA(CelebA):
    """The images in a list, as far as they exist.

    Attributes:
        stems: numbers, as in the files' names.
    """

    stems: frozenset[str] = field(default=frozenset(), repr=False)

    def choose(self, stems: Collection[str]) -> frozenset[str]:
        """See `CelebA`."""
        return self.stems.intersection(stems)


@dataclass(frozen=True)
class NamedFbp5500(Fbp5500):
    """The images in a list, as far as they exist.

    Attributes:
        stems: as ``CF437``.
    """

    stems: frozenset[str] = field(default=frozenset(), repr=False)

    def choose(self, stems: Collection[str]) -> frozenset[str]:
        """See `Fbp5500`."""
        return self.stems.intersection(stems)
