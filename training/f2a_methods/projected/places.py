"""Where something is in a picture: positions of pixels, and soft masks."""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad


def positions(side: int, device: torch.device | None = None) -> Tensor:
    """The centres of a side's pixels, as parts of it: (S,)."""
    return (torch.arange(side, device=device) + 0.5) / side


def rising(values: Tensor, start: float, end: float) -> Tensor:
    """0 up to ``start``, 1 from ``end`` on, linear between them; the shape stays."""
    return ((values - start) / (end - start)).clamp(0, 1)


def ellipse(
    side: int, centre: tuple[float, float], radii: tuple[float, float], edge: float, device: torch.device
) -> Tensor:
    """1 inside an ellipse and 0 outside: (S, S).

    Args:
        side: S.
        centre: down and across, as parts of the side.
        radii: likewise.
        edge: share of the radii, inside, in which it fades.
        device: of the result.
    """
    places = positions(side, device)
    down, across = (((places - middle) / radius) ** 2 for middle, radius in zip(centre, radii, strict=True))
    return rising(1 - (down[:, None] + across).sqrt(), 0, edge)


def blurred_edges(likely: Tensor) -> Tensor:
    """The means of 3x3 pixels: (N, 1, S, S), to the same. Antialiased edges are not of a region's colour."""
    return avg_pool2d(pad(likely, (1, 1, 1, 1), mode="replicate"), 3, 1)
