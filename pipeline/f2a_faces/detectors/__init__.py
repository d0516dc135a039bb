"""Face detectors behind one Protocol, found through the entry-point group ``f2a.detectors``.

Built-in and third-party detectors register in the same way: a class whose fields are its options.
"""

from f2a_faces.detectors.protocol import Detection, Detector
from f2a_faces.detectors.registry import load, names
from f2a_faces.detectors.search import find_faces

__all__ = ["Detection", "Detector", "find_faces", "load", "names"]
