"""Blur the parts of a photo that a mask covers."""

from torch import Tensor, nn

from f2a_methods.projected.exposure import blurred


class MaskedBlur(nn.Module):
    """Mix a blurred photo in, by the share of each pixel.

    Args:
        share: how much of it, in [0, 1]: float32, (S, S).
        both_sides: whether to mix in the mean of the blurred photo and its mirror image instead.
    """

    _share: Tensor

    def __init__(self, share: Tensor, *, both_sides: bool = False) -> None:
        super().__init__()
        self._side, self._both_sides = len(share), both_sides
        # Constant, so not in checkpoints.
        self.register_buffer("_share", share, persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """In a drawing's proportions, float32 in [-1, 1], (N, 3, S, S), to the same."""
        coarse = blurred(photos, self._side)
        if self._both_sides:
            coarse = (coarse + coarse.flip(-1)) / 2
        mixed: Tensor = photos + self._share * (coarse - photos)
        return mixed
