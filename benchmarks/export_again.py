"""Export a generator of the method `projected` again from its ONNX file, after a change of its network.

    python benchmarks/export_again.py generator-64.onnx generator-64-new.onnx

The weights, the discriminators and the card stay, bit for bit, if it was exported with `--half`. For the
generators that ship, whose runs are not in the repository. What the network does before and after drawing
has no weights of its run: the hair finder's come with the package.
"""

import argparse
from pathlib import Path

from exported import network, read, store


def main() -> None:
    """Read, write, and print by how much the results differ from torch's."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path)
    parser.add_argument("out", type=Path)
    how = parser.parse_args()
    before = read(how.before)
    store(network(before.card.size, before.own), before.card, before.others, how.out, how.before)


if __name__ == "__main__":
    main()
