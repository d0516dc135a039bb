"""How large a box is drawn around a face.

Crops shall show the same of a face whichever detector found it. What they go by is the face from brows to
chin, as wide as the face: CelebA's convention. Detectors of drawn faces take in more, see docs/adr/0012.
"""

from f2a_manifests import Box

DRAWN = 1.2
"""Times the face: animeface's boxes, 1.19 wide and 1.21 high in the middle of 135 faces boxed by eye."""
FRAMES = {"f2a-anime": DRAWN, "animeface": DRAWN}
"""Times the face, by the beginning of a detector's name and version; 1 for all others."""


def face_in(box: Box, detector: str) -> Box:
    """The face in the middle of a detector's box.

    Args:
        box: in whole pixels.
        detector: name and version, as in the manifest's column ``detector``.
    """
    frame = next((frame for name, frame in FRAMES.items() if detector.startswith(name)), 1.0)
    w, h = round(box.w / frame), round(box.h / frame)
    return Box(round(box.x + (box.w - w) / 2), round(box.y + (box.h - h) / 2), w, h)
