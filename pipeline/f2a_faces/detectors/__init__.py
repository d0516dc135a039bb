"""Face detectors behind one Protocol, found through the entry-point group ``f2a.detectors``.

The built-in ones register the same way as anybody's own: a class whose fields are its options.
"""

from f2a_faces.detectors.protocol import Detection, Detector, find_faces
from f2a_faces.detectors.registry import load, names

__all__ = ["Detection", "Detector", "find_faces", "load", "names"]
