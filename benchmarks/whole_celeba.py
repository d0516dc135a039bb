"""Import and crop as many faces as CelebA has, from the images of a smaller set.

    python benchmarks/whole_celeba.py CELEBA [--count 202599] [--workers 2]

Each command runs in a process of its own. Needs 6 GB in the temporary folder (``TMPDIR``). Making the set,
see `celeba_set.py`, does not count.
"""

import argparse
import tempfile
from pathlib import Path

from celeba_set import write_set
from scale import measured

from f2a_manifests import Workspace


def main() -> None:
    """Make the set, run both commands, and print their times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("celeba", type=Path, help="a folder with Img/img_align_celeba.zip")
    parser.add_argument("--count", type=int, default=202_599)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="f2a-celeba-") as folder:
        root = Path(folder) / "set"
        write_set(options.celeba, root, options.count)
        workspace, seconds = Workspace(Path(folder) / "workspace"), 0.0
        for command in (f"celeba --root {root} --count {options.count}", f"crop --workers {options.workers}"):
            clock, busy, mebibytes, said = measured(command, workspace)
            seconds += clock
            print(
                f"{command.split()[0]:6} {clock:6.1f} s, {busy:6.1f} s CPU, {mebibytes:4.0f} MiB   {said}",
                flush=True,
            )
        print(f"both   {seconds:6.1f} s")


if __name__ == "__main__":
    main()
