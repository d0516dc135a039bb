"""CelebA and SCUT-FBP5500 by the names of their images instead of a sample."""

from collections.abc import Collection
from dataclasses import dataclass, field

from f2a_data.sources.celeba import CelebA
from f2a_data.sources.fbp5500 import Fbp5500


@dataclass(frozen=True)
class NamedCelebA(CelebA):
    """Those of the named images that are there.

    Attributes:
        stems: numbers, as in the files' names.
    """

    stems: frozenset[str] = field(default=frozenset(), repr=False)

    def choose(self, stems: Collection[str]) -> frozenset[str]:
        """See `CelebA`."""
        return self.stems.intersection(stems)


@dataclass(frozen=True)
class NamedFbp5500(Fbp5500):
    """Those of the named images that are there.

    Attributes:
        stems: as ``CF437``.
    """

    stems: frozenset[str] = field(default=frozenset(), repr=False)

    def choose(self, stems: Collection[str]) -> frozenset[str]:
        """See `Fbp5500`."""
        return self.stems.intersection(stems)
