"""A published set, read and checked."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from f2a_data.sources.origins import POSTS, origin_of
from f2a_faces.crop import CropRule, rule
from f2a_manifests import ManifestError, Unit, Workspace
from f2a_manifests.regrouping import Regrouped
from f2a_publish import about, bundle, pixels, regrouping
from f2a_publish.addresses import public_url


@dataclass(frozen=True, slots=True)
class Published:
    """A published set.

    Attributes:
        fingerprint: a hash of everything in it.
        about: dataset.toml.
        units: its images with their faces, in its order.
        crops: the hash of each crop's pixels, by the id of its face.
        said: what the review says about copies, the oldest choice first.
        rule: how faces are cropped that are no finished crops.
    """

    fingerprint: str
    about: about.About
    units: list[Unit]
    crops: dict[str, str]
    said: Regrouped
    rule: CropRule

    def needed(self, unit: Unit) -> bool:
        """Whether an image has a crop, so that its file is needed."""
        return any(face.id in self.crops for face in unit.faces)

    def root(self, source: str) -> str:
        """The public address of a source of posts; empty if the set does not give one."""
        known = (each.root for each in self.about.sources if (each.name, each.kind) == (source, POSTS.kind))
        return public_url(next(known, ""))


@contextmanager
def published(path: Path) -> Iterator[Published]:
    """Read a published set, a folder or a zip archive. It may come from anywhere.

    Raises:
        ManifestError: it is not one, is damaged, or invalid.
    """
    with bundle.opened(path) as folder:
        described = about.read(folder / "dataset.toml")
        units = [_checked(path, unit) for unit in Workspace(folder, follow_links=False).load()]
        crops = pixels.read_table(folder / "crops.csv")
        _check_crops(path, units, crops)
        faces = {face.id for unit in units for face in unit.faces}
        said = regrouping.read_table(folder / regrouping.NAME, faces)
        rule_ = _rule(path, described.crop)
        yield Published(bundle.fingerprint(folder), described, units, crops, said, rule_)


def _checked(path: Path, unit: Unit) -> Unit:
    """Refuse rows that could lead to unsafe paths or requests."""
    image = unit.image
    elsewhere = image.path and not image.path.startswith(f"images/{image.source}/")
    if origin_of(image) is POSTS and (elsewhere or _is_odd(image.rating, image.source_md5)):
        raise ManifestError(f"{path}: row {image.id} is not that of a post")
    return unit


def _check_crops(path: Path, units: Iterable[Unit], crops: Collection[str]) -> None:
    """Check that crops.csv has exactly the faces that have a crop."""
    faces = {face.id for unit in units for face in unit.faces if face.path}
    if odd := sorted(faces.symmetric_difference(crops)):
        raise ManifestError(f"{path}: crops.csv and the manifests disagree about the crop of {odd[0]}")


def _is_odd(rating: str, md5: str) -> bool:
    return rating not in ("", "g", "s", "q", "e") or not (md5 == "" or _is_md5(md5))


def _is_md5(text: str) -> bool:
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


def _rule(path: Path, crop: about.Crop) -> CropRule:
    """The rule of the faces; a set of finished crops does without one, so any of their size will do.

    Raises:
        ManifestError: this version has no such rule.
    """
    name = crop.rule.partition(" ")[0]
    try:
        found = rule(name, crop.size)
    except ValueError:
        found = None
    if not found or str(found) != crop.rule:
        raise ManifestError(f"{path}: dataset.toml: this version has no crop rule {crop.rule!r}")
    return rule("default", crop.size) if name == "whole" else found
