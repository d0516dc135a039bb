"""Face detectors behind one Protocol, found through the entry-point group ``f2a.detectors``.

Built-in and third-party detectors register in the same way: a class whose fields are its options.
"""

from f2a_faces.detectors.protocol import Detection, Detector, SingleScale, View, full_size
from f2a_faces.detectors.registry import F2A, DetectorText, load, names
from f2a_faces.detectors.search import find_faces

__all__ = [
    "F2A", "Detection", "Detector", "DetectorText", "SingleScale", "View",
    "find_faces", "full_size", "load", "names",
]  # fmt: skip
