"""The stages after the sources, in the order in which they run."""

from f2a_data.stages.base import Stage
from f2a_data.stages.clean import Clean
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.detect import Detect
from f2a_data.stages.review import Review
from f2a_data.stages.split import Split

ORDER: tuple[type[Stage], ...] = (Detect, Crop, Dedup, Clean, Review, Split)
PER_IMAGE = (Detect, Crop, Clean)  # the others need all rows at once

__all__ = ["ORDER", "PER_IMAGE", "Clean", "Crop", "Dedup", "Detect", "Review", "Split", "Stage"]
