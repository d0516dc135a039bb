"""Checkpoints: everything that a run needs to continue exactly.

One file, replaced atomically, of tensors and plain values only: it is read with ``weights_only``, so a
checkpoint from a stranger can be wrong but cannot run code.
"""

import pickle
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from math import inf
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from f2a_manifests import ExitCode, FatalError, atomic_file, first_line
from f2a_manifests.run_folder import RunFolder
from f2a_methods import from_dict, method_of
from f2a_methods.config import Config
from f2a_train.data.domain import Faces

FORMAT = 7


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """What data a run was trained on.

    Attributes:
        size: pixels of a face's side.
        human_rule: the crop rule of the human faces, as in the manifest.
        anime_rule: likewise.
        human_sha256: of the human manifest.
        anime_sha256: of the anime manifest.
    """

    size: int
    human_rule: str
    anime_rule: str
    human_sha256: str
    anime_sha256: str

    @classmethod
    def of(cls, human: Faces, anime: Faces) -> "RunOrigin":
        """Describe two domains.

        Raises:
            FatalError: their faces differ in size.
        """
        if human.size != anime.size:
            raise FatalError(
                f"human faces have {human.size} pixels, anime faces {anime.size}; crop both to one size"
            )
        return cls(human.size, human.crop_rule, anime.crop_rule, human.sha256, anime.sha256)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run's state; `f2a_train.engine.state.State` makes it and takes it back.

    Attributes:
        config: the settings.
        origin: the data.
        step: steps done.
        networks: state dict of all trained networks.
        averages: state dict of the averaged generators, empty if there is no average.
        optimisers: state dicts, in the learner's order.
        memory: further tensors that later steps depend on, see `f2a_methods.method.Learner.extra_state`.
        rng: states of torch's generators: the CPU's, then the GPU's if one is used.
        rate_factor: of the discriminators' rate, 0 or more.
        augment_strength: likewise, 0 or more.
        watch: what `f2a_train.engine.watch_limits.Memory` contains; empty before the first evaluation.
    """

    config: Config
    origin: RunOrigin
    step: int
    networks: dict[str, Any]
    averages: dict[str, Any]
    optimisers: list[dict[str, Any]]
    memory: dict[str, Tensor]
    rng: list[Tensor]
    rate_factor: float
    augment_strength: float
    watch: dict[str, Any]


# The types of its values; the tensors in them are checked where they are used.
TYPES = {
    "step": int,
    "networks": dict,
    "averages": dict,
    "optimisers": list,
    "memory": dict,
    "rng": list,
    "rate_factor": float,
    "augment_strength": float,
    "watch": dict,
}


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file by this checkpoint.

    Raises:
        FatalError: the disk is full or the folder gone; the previous checkpoint is untouched.
    """
    with atomic_file(path) as file:
        torch.save(_plain(checkpoint), file)


def load(path: Path, *, lenient: bool = False) -> Checkpoint:
    """Read a checkpoint, onto the CPU.

    Args:
        path: the file.
        lenient: whether it may lack current settings, or have others; enough for its generators.

    Raises:
        FatalError: there is none, or the file is something else, from another version, or hostile.
    """
    content = read(path)
    try:
        return _unpacked(content, lenient=lenient)
    except (KeyError, TypeError, AttributeError) as error:
        raise FatalError(f"{path}: not a checkpoint of f2a-train ({error!r})") from None
    except FatalError as error:
        raise FatalError(f"{path}: {error}") from None


def packed(checkpoint: Checkpoint) -> bytes:
    """A checkpoint as the bytes of a file."""
    file = BytesIO()
    torch.save(_plain(checkpoint), file)
    return file.getvalue()


def unpacked(data: bytes) -> Checkpoint:
    """Read the result of `packed`, on the CPU."""
    content = torch.load(BytesIO(data), map_location="cpu", weights_only=True)
    return _unpacked(content, lenient=False)


def load_generator(path: Path, direction: str) -> tuple[nn.Module, Checkpoint]:
    """Build the generator of one direction, ready to translate (no dropout, no gradients).

    It has the averaged weights if the run kept an average.

    Args:
        path: the checkpoint, or the folder of its run.
        direction: one of the method's.

    Raises:
        FatalError: see `load`; or the weights do not fit, or the method has no such direction.
    """
    path = RunFolder(path).checkpoint if path.is_dir() else path
    checkpoint = load(path, lenient=True)
    method = method_of(checkpoint.config)
    if direction not in method.directions:
        translates = " and ".join(method.directions)
        raise FatalError(f"{path} translates {translates} only, not {direction}", ExitCode.USAGE)
    prefix = f"{direction}."
    try:
        generator = method.generator(checkpoint.config, checkpoint.origin.size)
        weights = {
            name.removeprefix(prefix): value
            for name, value in (checkpoint.averages or checkpoint.networks).items()
            if name.startswith(prefix)
        }
        generator.load_state_dict(weights)
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        raise FatalError(f"{path}: the weights do not fit the network: {first_line(error)}") from None
    return generator.eval().requires_grad_(requires_grad=False), checkpoint


def read(path: Path) -> Mapping[str, Any]:
    """Read a file of tensors and plain values onto the CPU; the content is not checked.

    Raises:
        FatalError: there is none, or the file is something else, or hostile.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's explanation is long
            content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise FatalError(f"there is no checkpoint {path}") from None
    except pickle.UnpicklingError:
        raise FatalError(f"{path}: refused: not a checkpoint of f2a-train; it could run code") from None
    except Exception as error:  # a broken archive raises almost anything
        raise FatalError(f"{path}: cannot be read as a checkpoint: {first_line(error)}") from error
    if not isinstance(content, dict):
        raise FatalError(f"{path}: not a checkpoint of f2a-train")
    return content


def _plain(checkpoint: Checkpoint) -> dict[str, Any]:
    """Tensors and plain values only."""
    parts = {name: getattr(checkpoint, name) for name in TYPES}
    said = {"config": checkpoint.config.to_dict(), "origin": asdict(checkpoint.origin)}
    return {"format": FORMAT} | said | parts


def _unpacked(content: Mapping[str, Any], *, lenient: bool) -> Checkpoint:
    """Check the plain values, which are untrusted."""
    if content["format"] != FORMAT:
        raise FatalError(
            f"it has the checkpoint format {content['format']!r:.20}, and this version reads {FORMAT}: use "
            "the version that wrote it, whose `f2a-train export` writes an .onnx that every version reads"
        )
    origin = RunOrigin(**content["origin"])
    if {name: type(value) for name, value in asdict(origin).items()} != RunOrigin.__annotations__:
        raise TypeError("origin")
    parts = {name: content[name] for name in TYPES}
    wrong = [name for name, kind in TYPES.items() if not isinstance(parts[name], kind)]
    if wrong or not all(0 <= parts[name] < inf for name in ("step", "rate_factor", "augment_strength")):
        raise TypeError(", ".join(wrong) or "a value out of range")
    return Checkpoint(from_dict(content["config"], lenient=lenient), origin, **parts)
