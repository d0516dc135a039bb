"""Blur the parts of a photo that a mask covers."""

from torch import Tensor, nn

from f2a_methods.projected.exposure import blurred


class MaskedBlur(nn.Module):
    """Mix a blurred photo in, by the share of each pixel.

    Args:
        share: how much of it, in [0, 1]: float32, (S, S).
    """

    _share: Tensor

    def __init__(self, share: Tensor) -> None:
        super().__init__()
        self._side = len(share)
        # Constant, so not in checkpoints.
        self.register_buffer("_share", share, persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """In a drawing's proportions, float32 in [-1, 1], (N, 3, S, S), to the same."""
        mixed: Tensor = photos + self._share * (blurred(photos, self._side) - photos)
        return mixed
