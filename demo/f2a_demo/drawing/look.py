"""Who is drawn, and how: a figure's looks, its expression and its pose, all plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """What stays the same about a character. Colours are names of `palette`."""

    hair: str
    eyes: str
    skin: str
    cloth: str
    accent: str
    bangs: str
    """``blunt``, ``choppy``, ``swept``, ``parted``, ``spiky`` or ``one_eye``."""
    back: str
    """``short``, ``bob``, ``long``, ``wavy``, ``twintails``, ``ponytail``, ``spiky``, ``buns`` or ``braids``
    (two, in front)."""
    outfit: str
    """``sailor``, ``hoodie``, ``dress``, ``blazer``, ``kimono`` or ``shirt``."""
    lids: float
    """Slant of the eyes in degrees: above 0 sharp, below 0 drooping."""
    eye_size: float
    headwear: str = ""
    """``bow``, ``hairband``, ``beret``, ``cap``, ``cat_ears``, ``flower`` or nothing."""
    glasses: bool = False
    ahoge: bool = False
    boy: bool = False
    seed: int = 0
    """For the small irregularities: the tips of locks, folds."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What the face shows."""

    left_eye: str = "open"
    """``open``, ``half``, ``closed`` (lids down) or ``happy`` (arc up)."""
    right_eye: str = "open"
    mouth: str = "smile"
    """``smile``, ``open``, ``flat``, ``sad``, ``cat`` or ``o``."""
    brows: float = 0.0
    """-1 worried to 1 angry."""
    blush: bool = False
    tear: bool = False


@dataclass(frozen=True, slots=True)
class Pose:
    """How the figure holds itself."""

    tilt: float = 0.0
    """Degrees of the head against the body, clockwise."""
    turn: float = 0.0
    """-1 to 1: the features move to the side the face looks to."""
    arms: str = "down"
    """``down``, ``wave``, ``hips`` or ``behind``."""
    back: bool = False
    """Seen from behind: no face."""
