"""Print constraints that hold every direct dependency at the lowest version that pyproject.toml allows.

python .ci/lowest.py > constraints.txt
"""

import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
TOOLS = "dev"  # what the checks run with: constraints.txt holds it, and nobody installs it otherwise


def lowest(pyproject: Path) -> Iterator[str]:
    """Each dependency and each extra's, as ``name==version``.

    Raises:
        ValueError: one has neither a lower bound nor another entry that has.
    """
    project = tomllib.loads(pyproject.read_text("utf-8"))["project"]
    extras = (listed for name, listed in project["optional-dependencies"].items() if name != TOOLS)
    bounds: dict[str, str] = {}
    for requirement in map(Requirement, chain(project["dependencies"], *extras)):
        bound = [each.version for each in requirement.specifier if each.operator in (">=", "==")]
        if not bound and requirement.name not in bounds:
            raise ValueError(f"{requirement} in {pyproject} has no lower bound")
        bounds.update((requirement.name, version) for version in bound)
    yield from (f"{name}=={version}" for name, version in bounds.items())


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in lowest(PYPROJECT))
