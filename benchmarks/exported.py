"""Exported generators of the method `projected`, for `export_again.py` and `distil.py`."""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from f2a_methods import from_preset
from f2a_methods.projected.generator import Generator
from f2a_methods.projected.learner import generator
from f2a_train.generators.export import write
from f2a_train.generators.export_faces import export_faces
from f2a_train.generators.torch_translator import TorchTranslator
from f2a_train.onnx_weights import read_weights
from f2a_translate.card import Card
from f2a_translate.onnx_translator import OnnxTranslator

Weights = dict[str, Tensor]


class Exported(NamedTuple):
    """What an exported file has.

    Attributes:
        card: see `Card`.
        own: the generator's weights.
        others: those of the discriminators, for `--init`.
    """

    card: Card
    own: Weights
    others: Weights


def read(file: Path) -> Exported:
    """Read one."""
    card = OnnxTranslator.load(file).card
    stored, prefix = read_weights(file, card.direction), f"{card.direction}."
    own = {name.removeprefix(prefix): value for name, value in stored.items() if name.startswith(prefix)}
    others = {name: value for name, value in stored.items() if not name.startswith(prefix)}
    return Exported(card, own, others)


def network(size: int, own: Weights) -> Generator:
    """The preset's generator of a size, with weights."""
    made = generator(from_preset("projected"), size)
    made.load_state_dict(own)
    return made


def store(made: Generator, card: Card, others: Weights, out: Path, beside: Path) -> None:
    """Write one in 16 bits, and print by how much its results differ from torch's.

    Args:
        made: the generator.
        card: its card.
        others: the discriminators' weights.
        out: the file.
        beside: a file of its run, whose faces both are compared on.
    """
    source = TorchTranslator(made.eval(), card, torch.device("cpu"))
    done = write(source, out, export_faces(beside, card), half=True, others=others)
    print(f"{out}: {done.bytes:,} bytes, at most {done.largest:g} levels from torch")
