"""What may be done with the images of a source, as far as it is known; for the README of an export."""

from f2a_data.sources.origins import CELEBA, FBP5500, POSTS

_UNKNOWN = "not known; find out before you pass anything on"
_KNOWN = {origin.kind: origin for origin in (CELEBA, FBP5500)} | {"danbooru": POSTS}


def terms(source: str, *, posts: bool) -> str:
    """The terms of a source, in one line.

    Args:
        source: the column ``source``.
        posts: whether its images are a booru's posts.
    """
    origin = _KNOWN.get(source, POSTS if posts else None)
    if origin is None:
        return _UNKNOWN
    line = origin.terms[:1].lower() + origin.terms[1:]
    return f"{line} ({origin.home})" if origin.home else line
