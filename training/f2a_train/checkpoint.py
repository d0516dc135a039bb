"""Checkpoints: everything that a run needs to go on as if it had never stopped.

One file, replaced atomically, of tensors and plain values only: it is read with ``weights_only``, so a
checkpoint from a stranger can be wrong but cannot run code.
"""

import pickle
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from f2a_manifests import FatalError, atomic_file
from f2a_train.config import DIRECTIONS, Config, from_dict
from f2a_train.data import Faces
from f2a_train.folder import RunFolder
from f2a_train.networks import CycleGan, make_generator

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Origin:
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
    def of(cls, human: Faces, anime: Faces) -> "Origin":
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
    """A run's state after ``step`` steps; ``networks``, ``optimisers`` and ``rng`` are state dicts."""

    config: Config
    origin: Origin
    step: int
    networks: dict[str, Any]
    optimisers: list[dict[str, Any]]
    rng: list[Tensor]


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file by this checkpoint.

    Raises:
        FatalError: the disk is full or the folder gone; the previous checkpoint is untouched.
    """
    parts = {name: getattr(checkpoint, name) for name in ("step", "networks", "optimisers", "rng")}
    content = {
        "format": FORMAT,
        "config": asdict(checkpoint.config),
        "origin": asdict(checkpoint.origin),
        **parts,
    }
    with atomic_file(path) as file:
        torch.save(content, file)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint, onto the CPU.

    Raises:
        FatalError: there is none, or the file is something else, from another version, or hostile.
    """
    content = _read(path)
    try:
        return _unpacked(content)
    except (KeyError, TypeError, AttributeError) as error:
        raise FatalError(f"{path}: not a checkpoint of f2a-train ({error!r})") from None
    except FatalError as error:
        raise FatalError(f"{path}: {error}") from None


def load_generator(path: Path, direction: str) -> tuple[nn.Module, Checkpoint]:
    """Build the generator of one direction, ready to translate (no dropout, no gradients).

    Args:
        path: the checkpoint, or the folder of its run.
        direction: one of `DIRECTIONS`.

    Raises:
        FatalError: see `load`; or the weights do not fit.
    """
    path = RunFolder(path).checkpoint if path.is_dir() else path
    checkpoint = load(path)
    config, prefix = checkpoint.config, f"{DIRECTIONS[DIRECTIONS.index(direction)]}."
    try:
        generator = make_generator(config.generator, checkpoint.origin.size, config.width, config.dropout)
        weights = {
            name.removeprefix(prefix): value
            for name, value in checkpoint.networks.items()
            if name.startswith(prefix)
        }
        generator.load_state_dict(weights)
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        raise FatalError(f"{path}: the weights do not fit the network: {_first_line(error)}") from None
    return generator.eval().requires_grad_(requires_grad=False), checkpoint


def restore(
    path: Path, checkpoint: Checkpoint, networks: CycleGan, optimisers: list[torch.optim.Adam]
) -> None:
    """Put a checkpoint's state into a run.

    Raises:
        FatalError: it does not fit.
    """
    try:
        networks.load_state_dict(checkpoint.networks)
        for optimiser, state in zip(optimisers, checkpoint.optimisers, strict=True):
            optimiser.load_state_dict(state)
        set_rng(checkpoint.rng)
    except (RuntimeError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise FatalError(f"{path}: the state does not fit this run: {_first_line(error)}") from None


def get_rng() -> list[Tensor]:
    """The state of torch's generators, CPU first; no other generator is used in training."""
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]


def set_rng(states: list[Tensor]) -> None:
    """Set the generators that `get_rng` read; a device that this machine lacks is passed over."""
    torch.set_rng_state(states[0])
    for device, state in enumerate(states[1 : 1 + torch.cuda.device_count()]):
        torch.cuda.set_rng_state(state, device)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch explains at length what a strange file might be
            content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise FatalError(f"there is no checkpoint {path}") from None
    except pickle.UnpicklingError:
        raise FatalError(f"{path}: refused: not a checkpoint of f2a-train; it could run code") from None
    except Exception as error:  # a broken archive raises nearly anything
        raise FatalError(f"{path}: cannot be read as a checkpoint: {_first_line(error)}") from error
    if not isinstance(content, dict):
        raise FatalError(f"{path}: not a checkpoint of f2a-train")
    return content


def _unpacked(content: Mapping[str, Any]) -> Checkpoint:
    """Check what a stranger could have put into the plain values; `restore` checks the tensors."""
    if content["format"] != FORMAT:
        raise FatalError(f"checkpoint format {content['format']}; this version reads {FORMAT}")
    origin = Origin(**content["origin"])
    if {name: type(value) for name, value in asdict(origin).items()} != Origin.__annotations__:
        raise TypeError("origin")
    if not isinstance(content["step"], int) or not isinstance(content["networks"], dict):
        raise TypeError("step or networks")
    parts = {name: content[name] for name in ("step", "networks", "optimisers", "rng")}
    return Checkpoint(from_dict(content["config"]), origin, **parts)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0][:200]
