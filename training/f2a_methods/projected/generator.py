"""The generator: an encoder down to 8x8, residual blocks, and a decoder conditioned on the photo's colours.

It is fast on CPUs: most of the computation is on maps of 32x32 and smaller. Networks of different sizes share
the names of their inner levels. A network for 128 pixels is one for 64 with an outer level, whose last
weights are initialised to zero: it starts with the smaller network's result, upsampled (similar to
progressive growing, Karras et al. 2018, arXiv:1710.10196).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, instance_norm, interpolate, leaky_relu

from f2a_methods.projected.colours import CELLS, hair_colour, kept_cells, told_darker, told_hair
from f2a_methods.projected.exposure import corrected, evenly_lit
from f2a_methods.projected.eyes import eye_mask
from f2a_methods.projected.facing import facing_ahead
from f2a_methods.projected.hair import with_natural_hair
from f2a_methods.projected.hair_finder import HairFinder
from f2a_methods.projected.halves import joined, with_mirrored
from f2a_methods.projected.masked_blur import MaskedBlur
from f2a_methods.projected.mouth import mouth_mask
from f2a_methods.projected.proportions import Proportions
from f2a_methods.projected.skin import darkened, skin_goal

SIZES = (64, 128, 256)
BOTTLENECK = 8
SKIP = 16
"""The level with a skip connection to the decoder; finer ones would copy the photo's texture."""
CONDITION_CHANNELS = 48
"""Channels of their embedding."""
AROUND_FACE = (2, 1)
"""Cells above and below the face, and left and right of it."""
SLOPE = 0.2
"""Of the leaky ReLUs."""


class Generator(nn.Module):
    """Photo to drawing, at one size.

    Instance normalisation removes absolute colours, but hair and skin should keep theirs. So every decoder
    layer has a spatially-adaptive scale and shift, computed from the photo's mean colours in 8x8 cells
    (SPADE, Park et al. 2019, arXiv:1903.07291, with colours in place of labels). With one vector for the
    whole photo, a white background changed the face. The photo's mouth is hidden; see
    `f2a_methods.projected.mouth`.

    Args:
        size: pixels of a face's side, one of `SIZES`.
        width: channels at 64x64. They double with each level, up to six times as many.
        blocks: residual blocks at 8x8.

    Raises:
        ValueError: the size is not supported.
    """

    def __init__(self, size: int, width: int, blocks: int) -> None:
        super().__init__()
        if size not in SIZES:
            raise ValueError(f"faces of {size} pixels; the method 'projected' needs 64, 128 or 256")
        self._sides = [side for side in (256, 128, 64, 32, 16, 8) if side <= size]
        channels = {side: _channels(side, width) for side in self._sides}
        self.proportions, self.hair_finder = Proportions(size), HairFinder()
        self.blurred_eyes = MaskedBlur(eye_mask(size))
        self.hidden_mouth = MaskedBlur(mouth_mask(size))
        outer = [side for side in self._sides if side in SIZES]
        self.colours = nn.Sequential(
            nn.Conv2d(3, CONDITION_CHANNELS, 3, padding=1, padding_mode="replicate"),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(CONDITION_CHANNELS, CONDITION_CHANNELS, 3, padding=1, padding_mode="replicate"),
            nn.LeakyReLU(SLOPE),
        )
        self.enter = nn.ModuleDict({str(side): nn.Conv2d(3, channels[side], 3, padding=1) for side in outer})
        self.down = nn.ModuleDict({str(side): _down(channels, side) for side in self._sides[1:]})
        # A learned bias for each position: where a photo is too bright or too dark, it places the eyes.
        self.usual = nn.ParameterDict(
            {
                str(BOTTLENECK): nn.Parameter(torch.zeros(channels[BOTTLENECK], BOTTLENECK, BOTTLENECK)),
                str(SKIP): nn.Parameter(torch.zeros(2 * channels[SKIP], SKIP, SKIP)),
            }
        )
        self.body = nn.ModuleList(_Residual(channels[BOTTLENECK]) for _ in range(blocks))
        self.up = nn.ModuleDict({str(side): _up(channels, side) for side in self._sides[:-1]})
        self.leave = nn.ModuleDict({str(side): nn.Conv2d(channels[side], 3, 3, padding=1) for side in outer})
        for side in outer[:-1]:
            _zero(self.leave[str(side)], self.down[str(side // 2)])

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """Photos to drawings.

        Args:
            x: float32 in [-1, 1], (N, 3, S, S).
            condition: the photos whose colours condition the decoder, the same ones in another light; used
                in training. If given, both have a drawing's proportions already, and nothing is corrected.

        Returns:
            The same shape and range.
        """
        if condition is not None:
            hair = hair_colour(condition, self.hair_finder(condition))
            return self._joined(x, kept_cells(condition, hair))
        framed = self.proportions(x)
        photos = corrected(framed)
        likely = self.hair_finder(photos)
        hair = hair_colour(photos, likely)
        drawings = darkened(self.drawn(photos, hair), skin_goal(framed))
        return with_natural_hair(drawings, hair, hair_colour(framed, likely))

    def drawn(self, photos: Tensor, hair: Tensor) -> Tensor:
        """Photos to drawings as in use, without the steps after the drawing, which have no weights.

        Args:
            photos: in a drawing's proportions and a usual light, float32 in [-1, 1], (N, 3, S, S).
            hair: the colour of their hair, (N, 3, 1, 1).

        Returns:
            The same shape and range as the photos.
        """
        cells = told_darker(kept_cells(photos, told_hair(hair)))
        return self._joined(facing_ahead(self.blurred_eyes(photos)), cells)

    def _joined(self, x: Tensor, cells: Tensor) -> Tensor:
        """Photos and the colours to keep, (N, 3, 8, 8), to drawings whose halves match."""
        return joined(self._unjoined(with_mirrored(x), with_mirrored(cells)))

    def _unjoined(self, x: Tensor, cells: Tensor) -> Tensor:
        """The same, one drawing for each photo."""
        colours = self.colours(evenly_lit(cells, *AROUND_FACE))
        features, skip = self._encode(self.hidden_mouth(x))
        features = features + self.usual[str(BOTTLENECK)]
        for block in self.body:
            features = block(features, colours)
        picture: Tensor | None = None
        for side in reversed(self._sides[:-1]):
            if side // 2 == SKIP:
                features = torch.cat([features, skip], dim=1) + self.usual[str(SKIP)]
            features = self.up[str(side)](features, colours)
            picture = self._add(side, features, picture)
        assert picture is not None  # noqa: S101 -- for the type: the outermost level always adds to it
        return torch.tanh(picture)

    def _encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The features at 8x8, and those of the skip connection."""
        features = skip = x
        for side in self._sides:
            if side != self._sides[0]:
                features = self.down[str(side)](features)
                x = avg_pool2d(x, 2) if str(side) in self.enter else x
            if str(side) in self.enter:
                entering = leaky_relu(self.enter[str(side)](x), SLOPE)
                features = entering if side == self._sides[0] else features + entering
            else:
                features = leaky_relu(instance_norm(features), SLOPE)
            skip = features if side == SKIP else skip
        return features, skip

    def _add(self, side: int, features: Tensor, smaller: Tensor | None) -> Tensor | None:
        """The picture of the smaller levels, upsampled, plus what this level adds."""
        if str(side) not in self.leave:
            return None
        added: Tensor = self.leave[str(side)](features)
        if smaller is None:
            return added
        return added + interpolate(smaller, scale_factor=2.0, mode="bilinear", align_corners=False)


class _ColourNorm(nn.Module):
    """Instance normalisation, then a scale and shift by channel and position, computed from the colours."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(CONDITION_CHANNELS, 2 * channels, 1)
        nn.init.normal_(self.mix.weight, 0.0, 0.02)
        nn.init.zeros_(self.mix.bias)  # type: ignore[arg-type]  # it has a bias

    def forward(self, x: Tensor, colours: Tensor) -> Tensor:
        """(N, C, H, W) and (N, `CONDITION_CHANNELS`, `CELLS`, `CELLS`) to (N, C, H, W)."""
        mixed = self.mix(colours)
        if x.shape[-1] != CELLS:
            mixed = interpolate(mixed, size=x.shape[-2:], mode="bilinear", align_corners=False)
        scale, shift = mixed.chunk(2, dim=1)
        out: Tensor = instance_norm(x) * (1 + scale) + shift
        return out


class _Up(nn.Module):
    """Nearest-neighbour upsampling by 2, a convolution, and `_ColourNorm`."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.coloured = _ColourNorm(after)

    def forward(self, x: Tensor, colours: Tensor) -> Tensor:
        """(N, C, H, W) and the colours to (N, D, 2H, 2W)."""
        larger = interpolate(x, scale_factor=2.0, mode="nearest")
        out: Tensor = leaky_relu(self.coloured(self.convolution(larger), colours), SLOPE)
        return out


class _Residual(nn.Module):
    """Two convolutions, each with `_ColourNorm`, and a skip connection."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.coloured_first, self.coloured_second = _ColourNorm(channels), _ColourNorm(channels)

    def forward(self, x: Tensor, colours: Tensor) -> Tensor:
        """(N, C, H, W) and the colours to (N, C, H, W)."""
        inner = leaky_relu(self.coloured_first(self.first(x), colours), SLOPE)
        out: Tensor = x + self.coloured_second(self.second(inner), colours)
        return out


def _channels(side: int, width: int) -> int:
    return max(min(64 * width // side, 6 * width), width // 2)


def _down(channels: dict[int, int], side: int) -> nn.Conv2d:
    """Down to ``side``; without a bias where instance normalisation follows."""
    return nn.Conv2d(channels[2 * side], channels[side], 3, 2, 1, bias=side in SIZES)


def _up(channels: dict[int, int], side: int) -> _Up:
    """Up to ``side``; twice the input channels above the skip connection."""
    return _Up(channels[side // 2] * (2 if side // 2 == SKIP else 1), channels[side])


def _zero(*convolutions: nn.Module) -> None:
    for convolution in convolutions:
        for weight in convolution.parameters():
            nn.init.zeros_(weight)
