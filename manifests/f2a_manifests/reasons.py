"""The reasons why rows are dropped or in error, and their meanings.

A row has one of these slugs in its column ``reason`` and further text in ``detail``. Programs read only
the slug. docs/manifests.md lists them all.
"""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """A slug, and its ``meaning`` in plain words.

    A stage or source of another package uses `OTHER` for its own reasons, with the reason in the detail.
    """

    meaning: str

    def __new__(cls, slug: str, meaning: str = "") -> Self:
        """A member of the list."""
        member = str.__new__(cls, slug)
        member._value_ = slug
        member.meaning = meaning
        return member

    NONE = ""

    # The file
    FILE_MISSING = "file_missing", "the file is missing"
    NO_PERMISSION = "no_permission", "no permission to read the file"
    NOT_A_FILE = "not_a_file", "not a regular file"
    FILE_UNREADABLE = "file_unreadable", "the file cannot be read"
    FILE_CHANGED = "file_changed", "the file has changed since"
    FILE_EMPTY = "file_empty", "the file is empty"
    FILE_TOO_LARGE = "file_too_large", "the file is too large"
    MEMBER_REFUSED = "member_refused", "not read from the archive: a link, encrypted, or an unsafe name"
    MEMBER_DAMAGED = "member_damaged", "damaged in the archive"
    # The image
    HTML_PAGE = "html_page", "an HTML page, not an image"
    UNKNOWN_FORMAT = "unknown_format", "not an image of a known format"
    UNSUPPORTED_FORMAT = "unsupported_format", "an image of a format that cannot be read here"
    TOO_MANY_PIXELS = "too_many_pixels", "the image has too many pixels"
    OUT_OF_MEMORY = "out_of_memory", "too large for this machine's memory"
    BROKEN_IMAGE = "broken_image", "the image cannot be decoded"
    NOT_ALIGNED = "not_aligned", "not aligned as the official images are"
    # The post
    POST_WITHOUT_FILE = "post_without_file", "the post has no file (banned or restricted)"
    NOT_A_STILL_IMAGE = "not_a_still_image", "the post is not a still image"
    OTHER_RATING = "other_rating", "the post has another rating than the search"
    NOT_FETCHED = "not_fetched", "not downloaded yet; run the same scrape again"
    DOWNLOAD_FAILED = "download_failed", "the download failed"
    WRONG_MD5 = "wrong_md5", "not the post's file; deleted, scrape again"
    # The review and remove
    REMOVED = "removed", "removed with f2a-data remove"
    GONE = "gone", "no longer at its source"
    DROPPED_IN_REVIEW = "dropped_in_review", "dropped in the review"
    REDRAWN = "redrawn", "its box was redrawn in the review"
    # Rebuilding a published set
    NOT_GIVEN = "not_given", "its source was not given to rebuild"
    FILE_REPLACED = "file_replaced", "not the file that was published"
    RATING_CHANGED = "rating_changed", "the post's rating has changed since"
    CROP_DIFFERS = "crop_differs", "the crop's pixels are not those that were published"
    # The face
    NO_FACE = "no_face", "no face was found in the image"
    TOO_SMALL = "too_small", "the face is too small for the crop rule"
    BOX_OUTSIDE = "box_outside", "the box is not in the image"
    EXACT_COPY = "exact_copy", "the same crop as another face, byte by byte"
    NEAR_COPY = "near_copy", "a near copy of a better face"
    MIRRORED_COPY = "mirrored_copy", "a mirrored near copy of a better face"
    VARIANT = "variant", "the same drawing as a better face, in another expression or other colours"
    # The work
    BAD_ROW = "bad_row", "a column of the row has an invalid value"
    WORKER_DIED = "worker_died", "its worker process was killed, twice"
    STAGE_FAILED = "stage_failed", "the stage failed on it"
    OTHER = "other", "something else"

    def explained(self, detail: str = "") -> str:
        """The meaning with the detail: ``the file is too large: 300 MiB``."""
        return ": ".join(part for part in (self.meaning, detail) if part)


class Unusable(Exception):  # noqa: N818 -- a fact about one image or face, not a program's fault
    """An image or a face cannot be used; its row gets the reason and the detail.

    Attributes:
        reason: which.
        detail: what is particular about this one; may be empty.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail

    def __str__(self) -> str:
        """For people."""
        return self.reason.explained(self.detail)
