"""The reasons are one list: each is explained, documented, and given by some code."""

import pickle
import re
from pathlib import Path

import pytest

from f2a_manifests import Reason, Unusable

ROOT = Path(__file__).parents[2]
REASONS = [reason for reason in Reason if reason]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_a_slug_with_a_plain_meaning(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", reason)
    assert Reason(reason.value) is reason
    assert len(reason.meaning) > 8
    assert len({other.meaning for other in REASONS}) == len(REASONS)


def test_the_page_lists_all_reasons_as_the_code_explains_them() -> None:
    page = (ROOT / "docs" / "manifests.md").read_text(encoding="utf-8")
    section = page.split("## Reasons")[1].split("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)
    assert listed == [(reason.value, reason.meaning) for reason in REASONS]


def test_no_reason_is_without_code_that_gives_it() -> None:
    folders = ("pipeline", "curation_ui", "training")
    code = "".join(file.read_text("utf-8") for name in folders for file in (ROOT / name).rglob("*.py"))
    given = set(re.findall(r"Reason\.([A-Z0-9_]+)", code))
    assert given >= {reason.name for reason in REASONS}


def test_an_exception_carries_its_reason_through_a_worker() -> None:
    error = pickle.loads(pickle.dumps(Unusable(Reason.FILE_TOO_LARGE, "300 MiB")))  # noqa: S301 -- our own
    assert (error.reason, error.detail) == (Reason.FILE_TOO_LARGE, "300 MiB")
    assert str(error) == "the file is too large: 300 MiB"
    assert str(Unusable(Reason.FILE_EMPTY)) == "the file is empty"
