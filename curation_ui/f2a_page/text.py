"""Text from outside, cleaned for display: names of files, cells of manifests. Templates escape it."""

import re

_LONGEST = 160
# Control characters, and marks that reverse or hide the text around them.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def printable(value: object) -> object:
    """Remove control and invisible characters, which must reach no terminal and no page."""
    return _UNPRINTABLE.sub("\ufffd", value) if type(value) is str else value


def shorten(text: str, most: int = _LONGEST) -> str:
    """Cut a text to at most ``most`` characters, with an ellipsis where something was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"
