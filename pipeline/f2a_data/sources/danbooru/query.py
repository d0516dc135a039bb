"""Danbooru's searches, their limit without an account, and the server's address."""

import json
import urllib.request
from urllib.parse import quote_plus, urlsplit

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.version import __version__

USER_AGENT = f"f2a/{__version__} (face2anime-toolkit; data set research)"
DANBOORU = "https://danbooru.donmai.us"
RATINGS = {"g": "general", "s": "sensitive", "q": "questionable", "e": "explicit"}
ANONYMOUS_TERMS = 2

# Danbooru's own list of metatags that do not count against the limit (PostQuery::UNLIMITED_METATAGS).
FREE_METATAGS = frozenset(
    (
        *("status", "rating", "limit", "is", "id", "date", "age", "filesize", "filetype", "parent", "child"),
        *("md5", "width", "height", "duration", "mpixels", "ratio", "score", "upvote", "downvotes"),
        *("favcount", "embedded", "tagcount", "pixiv_id", "pixiv"),
    )
)


def search(tags: str, rating: str) -> str:
    """The text of a search.

    Args:
        tags: as in Danbooru's search box, without a rating.
        rating: letters of ``RATINGS`` joined by commas.

    Raises:
        FatalError: an unknown rating, or one hidden in the tags.
    """
    if not rating or not set(rating.split(",")) <= RATINGS.keys():
        raise FatalError(f"--rating {rating!r}: give letters of g, s, q, e, joined by commas", ExitCode.USAGE)
    terms = "".join(letter if letter.isprintable() else " " for letter in tags).split()
    if any(_metatag(term) == "rating" for term in terms):
        raise FatalError("--tags: choose the rating with --rating, not in the tags", ExitCode.USAGE)
    return " ".join([*terms, f"rating:{rating}"])


def counted_terms(query: str) -> list[str]:
    """The terms of a search that count against Danbooru's limit (two without an account)."""
    terms = (term.strip("()") for term in query.split())
    return [term for term in terms if term not in ("", "or", "and") and _metatag(term) not in FREE_METATAGS]


def explain_limit(query: str) -> str:
    """An explanation of the limit, for a search that exceeds it."""
    terms = counted_terms(query)
    return (
        f"without an account Danbooru allows {ANONYMOUS_TERMS} search terms and these are {len(terms)}: "
        f"{' '.join(terms)}; rating:, id:, date:, score:, filetype: and the like are free; "
        "leave terms out, or use the login of an account that may search for more"
    )


def server_root(text: str) -> str:
    """Check a server's address and remove its trailing slash.

    Raises:
        FatalError: not an http(s) address, or it contains a password.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise FatalError("--root: give an address like https://danbooru.donmai.us", ExitCode.USAGE)
    if parts.username or parts.password:
        raise FatalError("--root: no login in the address; use --credentials", ExitCode.USAGE)
    return text.rstrip("/")


def is_local(root: str) -> bool:
    """Whether a server is on this machine: not reached through a proxy, safe without encryption."""
    return urlsplit(root).hostname in ("127.0.0.1", "::1", "localhost")


def count_posts(root: str, query: str) -> int | None:
    """The number of matching posts, requested without login; None if the server does not return it."""
    request = urllib.request.Request(  # noqa: S310 - the root is http(s), see server_root
        f"{root}/counts/posts.json?tags={quote_plus(query)}", headers={"User-Agent": USER_AGENT}
    )
    proxies = urllib.request.ProxyHandler({} if is_local(root) else None)
    try:
        with urllib.request.build_opener(proxies).open(request, timeout=30) as answer:
            count = json.loads(answer.read(10_000))["counts"]["posts"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return count if type(count) is int else None


def _metatag(term: str) -> str:
    """The name before the colon; tags may hold colons too, but none begins with a metatag's name."""
    name, colon, _ = term.lstrip("-~(").partition(":")
    return name.lower() if colon else ""
