"""Other light: some of the photos and of the drawings, darker or brighter, a little warmer or colder.

Photo sets have few dark pictures and drawings are bright. A generator that has seen neither smears what it is
shown in the dark; and discriminators that know no dark drawing let it draw none. With both domains changed
alike, a dark photo may become a dark drawing.
"""

import torch
from torch import Tensor

SHARE = 0.35
"""Of the faces of a batch that are changed."""
GAMMA = (0.67, 2.46)
"""The powers that colours in [0, 1] are raised to, spread evenly over their logarithms: more often darker."""
BALANCE = 0.04
"""Standard deviation of the logarithm of a colour channel's gain; the largest gain is 1."""


def exposed(faces: Tensor) -> Tensor:
    """Change the light of some faces, each in its own way, at random from torch's generator.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).

    Returns:
        The same.
    """
    brightest, darkest = torch.tensor(GAMMA).log().tolist()
    gamma = (brightest + (darkest - brightest) * _random(faces)).exp()
    gains = (BALANCE * torch.randn(len(faces), 3, 1, 1, device=faces.device)).exp()
    colours = ((faces + 1) / 2).clamp(0, 1) ** gamma * (gains / gains.amax(1, keepdim=True))
    return torch.where(_random(faces) < SHARE, 2 * colours - 1, faces)


def _random(faces: Tensor) -> Tensor:
    """One number in [0, 1) a face, (N, 1, 1, 1)."""
    return torch.rand(len(faces), 1, 1, 1, device=faces.device)
