"""Options from dataclasses, and what is registered by entry points."""

from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Annotated, Literal

import pytest
from msgspec import Meta

from f2a_manifests import ExitCode, FatalError, registry
from f2a_manifests.options import ExistingFile, build, choices, described, kind_of, limits
from f2a_manifests.registry import Registry, summary


@dataclass(frozen=True)
class Made:
    """Make something.

    More about it.

    Attributes:
        size: how large,
            in pixels.
        file: what from.
    """

    size: Annotated[int, Meta(ge=1)]
    file: ExistingFile | None = None
    shape: Literal["round", "flat"] = "round"

    def __post_init__(self) -> None:
        if self.shape == "flat" and self.size > 9:
            raise ValueError("flat ones are small")


def test_descriptions_are_read_from_the_docstring() -> None:
    assert described(Made) == (
        "Make something.\n\nMore about it.",
        {"size": "how large, in pixels.", "file": "what from."},
    )


def test_types_are_read_through_their_limits() -> None:
    hint = ExistingFile | None
    assert (kind_of(hint), limits(hint).extra) == (Path, {"path": "file"})
    assert choices(Literal["round", "flat"] | None) == ("round", "flat")
    assert (limits(int), choices(int)) == (Meta(), ())


def test_paths_are_relative_to_the_given_folder(tmp_path: Path) -> None:
    assert build(Made, {"size": 1, "file": "a.txt"}, "x", tmp_path).file == tmp_path / "a.txt"
    assert build(Made, {"size": 1, "file": "/b.txt"}, "x", tmp_path).file == Path("/b.txt")
    assert build(Made, {"size": "3"}, "x", strict=False) == Made(3)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "x: missing key 'size'"),
        ({"size": 1, "side": 2}, "x: unknown key 'side'; known keys: file, shape, size"),
        ({"size": 0}, "x: size is 0: expected int >= 1"),
        ({"size": "3"}, "x: size is '3': expected int, got str"),
        ({"size": "3" * 10**6}, f"x: size is '{'3' * 79}: expected int, got str"),
        ({"size": 1, "file": 3}, "x: file is 3: expected text, got int"),
        ({"size": 1, "shape": "square"}, "x: shape is 'square': expected one of round, flat"),
        ({"size": 10, "shape": "flat"}, "x: flat ones are small"),
    ],
)
def test_a_mistake_is_named(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(FatalError) as caught:
        build(Made, given, "x")
    assert str(caught.value) == complaint
    assert caught.value.code is ExitCode.USAGE


def test_a_name_is_of_one_package(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("a", f"{module}:A", "f2a.things") for module in ("one", "other", "one")]
    points.append(EntryPoint("b", "nothing_of_that_name:B", "f2a.things"))
    monkeypatch.setattr(registry, "_installed", lambda _: EntryPoints(points))
    things = Registry[object]("f2a.things", "thing")
    assert things.names() == ["a", "b"]
    with pytest.raises(FatalError, match="two packages have a thing named 'a': one:A, other:A"):
        things.load("a")
    with pytest.raises(FatalError, match="no thing named 'c'; installed: a, b"):
        things.load("c")
    with pytest.raises(FatalError, match="cannot import nothing_of_that_name:B"):
        things.load("b")


def test_the_first_line_is_read_without_importing() -> None:
    assert summary(EntryPoint("x", "f2a_data.stages.crop:Crop", "")) == "Crop the faces."
    assert summary(EntryPoint("x", "nothing_of_that_name.at_all:X", "")).startswith("(cannot be read: ")
    assert summary(EntryPoint("x", "f2a_data.stages.crop:Nothing", "")) == ""
