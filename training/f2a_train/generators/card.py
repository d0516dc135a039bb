"""A generator's card: its direction, how its faces are cropped, what it was trained on.

It is in a checkpoint, and in the metadata of an exported ONNX file, which is untrusted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from f2a_faces.crop import SIZES, CropRule, parse_rule, rule
from f2a_manifests import FatalError
from f2a_train.config import DIRECTIONS

FORMAT = "f2a-generator 1"
LONGEST_TEXT = 200
SOURCES = {"human2anime": "human", "anime2human": "anime"}


@dataclass(frozen=True, slots=True)
class Card:
    """A generator's facts.

    Attributes:
        direction: ``human2anime`` or ``anime2human``.
        size: pixels of a face's side.
        generator: the kind of network, for people to read.
        step: of the training, after which it was taken.
        crop_rule: of the training faces that it translates from, as in their manifest.
        human_sha256: of the human manifest.
        anime_sha256: of the anime manifest.
    """

    direction: str
    size: int
    generator: str
    step: int
    crop_rule: str
    human_sha256: str
    anime_sha256: str

    @property
    def source(self) -> str:
        """The kind of face that it translates from: ``human`` or ``anime``."""
        return SOURCES[self.direction]

    @property
    def target(self) -> str:
        """The kind of face that it translates to: ``anime`` or ``human``."""
        return "anime" if self.source == "human" else "human"

    @property
    def rule(self) -> CropRule:
        """The rule that cuts a detector's box as the training faces were cut."""
        return box_rule(self.crop_rule, self.size)

    def to_metadata(self) -> dict[str, str]:
        """As texts, for an ONNX file's ``metadata_props``."""
        return {"format": FORMAT} | {name: str(getattr(self, name)) for name in Card.__annotations__}

    @classmethod
    def of_metadata(cls, values: Mapping[str, str]) -> "Card":
        """Read what `to_metadata` wrote, trusting none of it.

        Raises:
            FatalError: it is from something else or another version, or invalid.
        """
        if values.get("format") != FORMAT:
            raise FatalError(f"its format is not {FORMAT!r}, which `f2a-train export` writes")
        missing = [name for name in cls.__annotations__ if name not in values]
        if missing:
            raise FatalError(f"its metadata lacks {missing[0]}")
        card = cls(
            values["direction"],
            _number(values["size"]),
            values["generator"],
            _number(values["step"]),
            values["crop_rule"],
            values["human_sha256"],
            values["anime_sha256"],
        )
        return card.checked()

    def checked(self) -> "Card":
        """The card itself.

        Raises:
            FatalError: a value is invalid; the message names it without showing it.
        """
        sound = {
            "direction": self.direction in DIRECTIONS,
            "size": self.size in SIZES,
            "generator": _plain(self.generator),
            "step": self.step >= 0,
            "crop_rule": _plain(self.crop_rule),
            "human_sha256": _digest(self.human_sha256),
            "anime_sha256": _digest(self.anime_sha256),
        }
        for name, holds in sound.items():
            if not holds:
                raise FatalError(f"its {name} is invalid")
        return self


def box_rule(text: str, size: int) -> CropRule:
    """The rule that cuts a detector's box as faces of a crop rule were cut.

    Faces that came as crops (``whole``), or were cut by landmarks that a photo does not have, were not
    cut around such a box; for those, and for a rule without sense, it is ``default``, at the given size.
    """
    try:
        trained = replace(parse_rule(text), size=size)
    except ValueError:
        return rule("default", size)
    return trained if trained.name != "whole" and _sensible(trained) else rule("default", size)


def _sensible(given: CropRule) -> bool:
    """Whether a rule is one that a face can be cut by; NaN is not."""
    return (
        0.1 <= given.padding <= 10
        and -2 <= given.lift <= 2
        and 0 <= given.min_box <= 10_000
        and 0.01 <= given.max_upscale <= 100
    )


def _number(text: str) -> int:
    """A number of up to 15 digits; -1, which none of the card's may be, for anything else."""
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else -1


def _plain(text: str) -> bool:
    return len(text) <= LONGEST_TEXT and text.isprintable()


def _digest(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{64}", text) is not None
