"""Export a generator of the method `projected` again from its ONNX file, after a change of its network.

    python benchmarks/export_again.py generator-64.onnx generator-64-new.onnx

The weights, the discriminators and the card stay, bit for bit, if it was exported with `--half`. For the
generators that ship, whose runs are not in the repository. What the network does before and after drawing
has no weights of its run: the hair finder's come with the package.
"""

import argparse
from pathlib import Path

import torch

from f2a_methods import from_preset
from f2a_methods.projected.learner import generator
from f2a_train.generators.export import write
from f2a_train.generators.export_faces import export_faces
from f2a_train.generators.torch_translator import TorchTranslator
from f2a_train.onnx_weights import read_weights
from f2a_translate.onnx_translator import OnnxTranslator


def main() -> None:
    """Read, write, and print by how much the results differ from torch's."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path)
    parser.add_argument("out", type=Path)
    how = parser.parse_args()
    before = OnnxTranslator.load(how.before)
    prefix = f"{before.card.direction}."
    tensors = read_weights(how.before, before.card.direction)
    own = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    others = {name: value for name, value in tensors.items() if not name.startswith(prefix)}
    network = generator(from_preset("projected"), before.card.size)
    network.load_state_dict(own)
    source = TorchTranslator(network.eval(), before.card, torch.device("cpu"))
    done = write(source, how.out, export_faces(how.before, before.card), half=True, others=others)
    print(f"{how.out}: {done.bytes:,} bytes, at most {done.largest:g} levels from torch")


if __name__ == "__main__":
    main()
