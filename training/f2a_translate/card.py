"""A generator's card: its direction, how its faces are cropped, what it was trained on.

Checkpoints contain it, and the metadata of exported ONNX files, which is untrusted.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated

import msgspec
from msgspec import Meta

from f2a_faces.crop import SIZES, CropRule, parse_rule, rule
from f2a_manifests import FatalError
from f2a_translate.directions import DIRECTIONS, SOURCES

FORMAT = "f2a-generator 1"
Text = Annotated[str, Meta(max_length=200)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


@dataclass(frozen=True, slots=True)
class Card:
    """A generator's facts.

    Attributes:
        direction: ``human2anime`` or ``anime2human``.
        size: pixels of a face's side.
        generator: the kind of network, for display.
        step: of the training.
        crop_rule: of the training faces that it translates from, as in their manifest.
        human_sha256: of the human manifest.
        anime_sha256: of the anime manifest.
    """

    direction: Annotated[str, Meta(pattern=rf"^({'|'.join(DIRECTIONS)})\Z")]
    size: int
    generator: Text
    step: Annotated[int, Meta(ge=0, lt=10**15)]
    crop_rule: Text
    human_sha256: Digest
    anime_sha256: Digest

    @property
    def source(self) -> str:
        """The kind of face that it translates from: ``human`` or ``anime``."""
        return SOURCES[self.direction]

    @property
    def rule(self) -> CropRule:
        """The rule for cropping detected boxes like the training faces."""
        return box_rule(self.crop_rule, self.size)

    def to_metadata(self) -> dict[str, str]:
        """As texts, for an ONNX file's ``metadata_props``."""
        return {"format": FORMAT} | {name: str(value) for name, value in asdict(self).items()}

    @classmethod
    def of_metadata(cls, values: Mapping[str, str]) -> "Card":
        """Parse what `to_metadata` wrote; it is untrusted.

        Raises:
            FatalError: it is invalid or of another version.
        """
        if values.get("format") != FORMAT:
            raise FatalError(f"its format is not {FORMAT!r}, which `f2a-train export` writes")
        return _valid(values)

    def checked(self) -> "Card":
        """The card itself.

        Raises:
            FatalError: a value is invalid; the message says which and what was expected, without showing it.
        """
        return _valid(asdict(self))


def box_rule(text: str, size: int) -> CropRule:
    """The rule for cropping detected boxes like faces with a given crop rule.

    Faces that came as crops (``whole``), or were cropped by landmarks that a photo does not have, were not
    cropped around such a box; for those, and for an invalid rule, it is ``default``, at the given size.
    """
    try:
        trained = replace(parse_rule(text), size=size)
    except ValueError:
        return rule("default", size)
    return trained if trained.name != "whole" and _sensible(trained) else rule("default", size)


def _sensible(given: CropRule) -> bool:
    """Whether a face can be cropped by a rule; NaN is invalid."""
    return (
        0.1 <= given.padding <= 10
        and -2 <= given.lift <= 2
        and 0 <= given.min_box <= 10_000
        and 0.01 <= given.max_upscale <= 100
    )


def _valid(values: Mapping[str, object]) -> Card:
    try:
        card = msgspec.convert(values, Card, strict=False)
    except msgspec.ValidationError as error:
        raise FatalError(f"its card is invalid: {error}") from None
    if card.size not in SIZES:
        raise FatalError(f"its card is invalid: expected one of {SIZES} - at `$.size`")
    for name in ("generator", "crop_rule"):
        if not getattr(card, name).isprintable():
            raise FatalError(f"its card is invalid: expected printable text - at `$.{name}`")
    return card
