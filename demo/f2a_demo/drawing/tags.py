"""Danbooru's words for what is drawn."""

from collections.abc import Sequence

from f2a_demo.drawing.look import Expression, Look, Pose
from f2a_demo.drawing.palette import EYES, HAIR

_HAIR = {
    "short": "short_hair",
    "bob": "bob_cut",
    "long": "long_hair",
    "wavy": "wavy_hair",
    "twintails": "twintails",
    "ponytail": "ponytail",
    "spiky": "spiked_hair",
    "buns": "double_bun",
    "braids": "twin_braids",
}
_BANGS = {
    "blunt": "blunt_bangs",
    "swept": "swept_bangs",
    "parted": "parted_bangs",
    "one_eye": "hair_over_one_eye",
}
_OUTFITS = {
    "sailor": "serafuku",
    "hoodie": "hoodie",
    "dress": "dress",
    "blazer": "blazer",
    "kimono": "kimono",
    "shirt": "t-shirt",
}
_MOUTHS = {
    "smile": "smile",
    "open": "open_mouth",
    "flat": "closed_mouth",
    "sad": "frown",
    "cat": ":3",
    "o": ":o",
}
_HEADWEAR = {
    "bow": "hair_bow",
    "hairband": "hairband",
    "beret": "beret",
    "cap": "baseball_cap",
    "cat_ears": "cat_ears",
    "flower": "hair_flower",
}
COLOUR_TAGS = frozenset({"dark_skin", *(f"{name}_hair" for name in HAIR), *(f"{name}_eyes" for name in EYES)})
"""What a picture without colours does not show."""
_SHUT = ("closed", "happy")


def figure_tags(figures: Sequence[tuple[Look, Expression, Pose]]) -> set[str]:
    """The tags of all figures together."""
    found = _counts([look.boy for look, _, _ in figures])
    for look, expression, pose in figures:
        found |= _look(look) | ({"from_behind", "facing_away"} if pose.back else _face(expression, look))
        if pose.arms == "wave":
            found.add("waving")
    return found


def _counts(boys: list[bool]) -> set[str]:
    if not boys:
        return {"no_humans"}
    found = {"solo"} if len(boys) == 1 else set()
    for word, count in (("girl", boys.count(False)), ("boy", boys.count(True))):
        if count:
            found.add(f"{count}{word}{'s' if count > 1 else ''}")
        if count > 1:
            found.add(f"multiple_{word}s")
    return found


def _look(look: Look) -> set[str]:
    found = {f"{look.hair}_hair", _HAIR[look.back], _OUTFITS[look.outfit]}
    for known, word in ((_BANGS, look.bangs), (_HEADWEAR, look.headwear)):
        if word in known:
            found.add(known[word])
    flags = {"ahoge": look.ahoge, "glasses": look.glasses, "dark_skin": look.skin == "dark"}
    return found | {word for word, set_ in flags.items() if set_}


def _face(expression: Expression, look: Look) -> set[str]:
    shut = [eye in _SHUT for eye in (expression.left_eye, expression.right_eye)]
    eyes = "closed_eyes" if all(shut) else "one_eye_closed" if any(shut) else "looking_at_viewer"
    found = {eyes, _MOUTHS[expression.mouth]}
    if not all(shut):
        found.add(f"{look.eyes}_eyes")
    flags = {
        "blush": expression.blush,
        "tears": expression.tear,
        "half-closed_eyes": "half" in (expression.left_eye, expression.right_eye),
    }
    return found | {word for word, set_ in flags.items() if set_}
