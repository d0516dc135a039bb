"""The directions of translation."""

DIRECTIONS = ("human2anime", "anime2human")
SOURCES = dict(zip(DIRECTIONS, ("human", "anime"), strict=True))
"""The kind of face that each direction starts from."""
