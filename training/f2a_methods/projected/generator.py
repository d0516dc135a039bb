"""The generator: an encoder down to 8x8, residual blocks, and a decoder that knows the photo's colours.

Made for processors: most of its work is on maps of 32x32 and less. Networks of different sizes share their
inner levels by name. One of 128 pixels is one of 64 with a further level around it, whose last weights are
zero at first, so that it begins with the smaller network's result, enlarged (after Karras et al. 2018,
arXiv:1710.10196, where such a level is blended in).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, instance_norm, interpolate, leaky_relu

from f2a_methods.projected.exposure import evenly_lit
from f2a_methods.projected.proportions import Proportions

SIZES = (64, 128, 256)
BOTTLENECK = 8
SKIP = 16
"""The level whose features are handed across to the decoder; finer ones would show the photo's texture."""
COLOURS = 8
"""Cells a side of the photo's colours that the decoder is told."""
TOLD = 48
"""Channels that they are told in."""
AROUND_FACE = (2, 1)
"""Of these cells, so many above and below the face, and on either side."""
SLOPE = 0.2
"""Of the leaky ReLUs."""


class Generator(nn.Module):
    """Photo to drawing, at one size.

    Instance normalisation takes the absolute colours away, and hair and skin are to keep theirs: every layer
    of the decoder is therefore scaled and shifted, place by place, by numbers computed from the photo's mean
    colours in 8x8 cells (as Park et al. 2019, arXiv:1903.07291, do with a map of labels). One vector for the
    whole photo, tried before, let a white background change the face.

    Args:
        size: pixels of a face's side, one of `SIZES`.
        width: channels at 64x64. They double at each halving, to six times as many at most.
        blocks: residual blocks at 8x8.

    Raises:
        ValueError: another size.
    """

    def __init__(self, size: int, width: int, blocks: int) -> None:
        super().__init__()
        if size not in SIZES:
            raise ValueError(f"faces of {size} pixels; the method 'projected' needs 64, 128 or 256")
        self._sides = [side for side in (256, 128, 64, 32, 16, 8) if side <= size]
        channels = {side: _channels(side, width) for side in self._sides}
        self.proportions = Proportions(size)
        outer = [side for side in self._sides if side in SIZES]
        self.colours = nn.Sequential(
            nn.Conv2d(3, TOLD, 3, padding=1, padding_mode="replicate"),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(TOLD, TOLD, 3, padding=1, padding_mode="replicate"),
            nn.LeakyReLU(SLOPE),
        )
        self.enter = nn.ModuleDict({str(side): nn.Conv2d(3, channels[side], 3, padding=1) for side in outer})
        self.down = nn.ModuleDict({str(side): _halving(channels, side) for side in self._sides[1:]})
        # What is usual at each place: where a photo is too bright or too dark to tell, its eyes go there.
        self.usual = nn.ParameterDict(
            {
                str(BOTTLENECK): nn.Parameter(torch.zeros(channels[BOTTLENECK], BOTTLENECK, BOTTLENECK)),
                str(SKIP): nn.Parameter(torch.zeros(2 * channels[SKIP], SKIP, SKIP)),
            }
        )
        self.body = nn.ModuleList(_Residual(channels[BOTTLENECK]) for _ in range(blocks))
        self.up = nn.ModuleDict({str(side): _doubling(channels, side) for side in self._sides[:-1]})
        self.leave = nn.ModuleDict({str(side): nn.Conv2d(channels[side], 3, 3, padding=1) for side in outer})
        for side in outer[:-1]:
            _begin_at_zero(self.leave[str(side)], self.down[str(side // 2)])

    def forward(self, x: Tensor, told: Tensor | None = None) -> Tensor:
        """Photos to drawings.

        Args:
            x: float32 in [-1, 1], (N, 3, S, S).
            told: the same photos as the decoder is told their colours, where in training they are in another
                light. Both have a drawing's proportions already.

        Returns:
            The same shape and range.
        """
        x = self.proportions(x) if told is None else x
        cells = adaptive_avg_pool2d(x if told is None else told, COLOURS)
        colours = self.colours(evenly_lit(cells, *AROUND_FACE))
        features, kept = self._encoded(x)
        features = features + self.usual[str(BOTTLENECK)]
        for block in self.body:
            features = block(features, colours)
        picture: Tensor | None = None
        for side in reversed(self._sides[:-1]):
            if side // 2 == SKIP:
                features = torch.cat([features, kept], dim=1) + self.usual[str(SKIP)]
            features = self.up[str(side)](features, colours)
            picture = self._drawn(side, features, picture)
        assert picture is not None  # noqa: S101 -- for the type: the outermost level always draws
        return torch.tanh(picture)

    def _encoded(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The features at 8x8, and those at the level that is handed across."""
        features = kept = x
        for side in self._sides:
            if side != self._sides[0]:
                features = self.down[str(side)](features)
                x = avg_pool2d(x, 2) if str(side) in self.enter else x
            if str(side) in self.enter:
                entering = leaky_relu(self.enter[str(side)](x), SLOPE)
                features = entering if side == self._sides[0] else features + entering
            else:
                features = leaky_relu(instance_norm(features), SLOPE)
            kept = features if side == SKIP else kept
        return features, kept

    def _drawn(self, side: int, features: Tensor, smaller: Tensor | None) -> Tensor | None:
        """The picture so far: what the smaller levels drew, enlarged, and what this one adds."""
        if str(side) not in self.leave:
            return None
        added: Tensor = self.leave[str(side)](features)
        if smaller is None:
            return added
        return added + interpolate(smaller, scale_factor=2.0, mode="bilinear", align_corners=False)


class _Coloured(nn.Module):
    """Instance normalisation, then a scale and a shift for each channel and place that follow the colours."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(TOLD, 2 * channels, 1)
        nn.init.normal_(self.mix.weight, 0.0, 0.02)
        nn.init.zeros_(self.mix.bias)  # type: ignore[arg-type]  # it has one

    def forward(self, x: Tensor, colours: Tensor) -> Tensor:
        """(N, C, H, W) and (N, `TOLD`, `COLOURS`, `COLOURS`) to (N, C, H, W)."""
        mixed = self.mix(colours)
        if x.shape[-1] != COLOURS:
            mixed = interpolate(mixed, size=x.shape[-2:], mode="bilinear", align_corners=False)
        scale, shift = mixed.chunk(2, dim=1)
        out: Tensor = instance_norm(x) * (1 + scale) + shift
        return out


class _Layer(nn.Module):
    """Twice the size by nearest neighbours, a convolution, and the colours."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.coloured = _Coloured(after)

    def forward(self, x: Tensor, colours: Tensor) -> Tensor:
        """(N, C, H, W) and the colours to (N, D, 2H, 2W)."""
        doubled = interpolate(x, scale_factor=2.0, mode="nearest")
        out: Tensor = leaky_relu(self.coloured(self.convolution(doubled), colours), SLOPE)
        return out


class _Residual(nn.Module):
    """Two convolutions, each with the colours, added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.coloured_first, self.coloured_second = _Coloured(channels), _Coloured(channels)

    def forward(self, x: Tensor, colours: Tensor) -> Tensor:
        """(N, C, H, W) and the colours to (N, C, H, W)."""
        inner = leaky_relu(self.coloured_first(self.first(x), colours), SLOPE)
        out: Tensor = x + self.coloured_second(self.second(inner), colours)
        return out


def _channels(side: int, width: int) -> int:
    return max(min(64 * width // side, 6 * width), width // 2)


def _halving(channels: dict[int, int], side: int) -> nn.Conv2d:
    """To ``side`` from twice that. Without a bias where instance normalisation would take it away again."""
    return nn.Conv2d(channels[2 * side], channels[side], 3, 2, 1, bias=side in SIZES)


def _doubling(channels: dict[int, int], side: int) -> _Layer:
    """To ``side`` from half of that; the features handed across come on top."""
    return _Layer(channels[side // 2] * (2 if side // 2 == SKIP else 1), channels[side])


def _begin_at_zero(*convolutions: nn.Module) -> None:
    for convolution in convolutions:
        for weight in convolution.parameters():
            nn.init.zeros_(weight)
