"""Text from manifests and run folders, cleaned for display; the template escapes it."""

import re

_LONGEST = 160
# Control characters, and the marks that turn or hide the text around them.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def printable(value: object) -> object:
    """What the template does to each value: plain text loses what cannot be seen; the rest passes."""
    return _UNPRINTABLE.sub("\ufffd", value) if type(value) is str else value


def shorten(text: str, most: int = _LONGEST) -> str:
    """Cut a text to at most ``most`` characters, with an ellipsis where something was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"
