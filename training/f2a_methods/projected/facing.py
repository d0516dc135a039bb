"""Hide which way a face is turned: a drawing looks straight ahead.

Both halves of a result are drawn as left halves (`f2a_methods.projected.halves`), but each could still see
whether it is the near or the far one, and draw a larger or a smaller eye. Not in training: there, all faces
become alike.
"""

from torch import Tensor

from f2a_methods.projected.places import ellipse

CENTRE, RADII = (0.56, 0.5), (0.44, 0.42)
"""The face, down and across, as parts of the side, in a drawing's proportions."""
EDGE = 0.3
"""Width of the soft edge, inside, as a share of the radii."""


def facing_ahead(photos: Tensor) -> Tensor:
    """Average the face with its mirror image: float32, (N, 3, S, S), to the same."""
    share = ellipse(photos.shape[-1], CENTRE, RADII, EDGE, photos.device)
    return photos + share * (photos.flip(3) - photos) / 2
