"""``--init``: initial weights from a trained generator."""

import logging
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from f2a_manifests import ExitCode, FatalError, sha256_file
from f2a_manifests.run_folder import RunFolder
from f2a_train.engine.checkpoint import load
from f2a_train.engine.state import State
from f2a_translate.onnx_translator import OnnxTranslator
from f2a_translate.shipped import SHIPPED as SIZES

log = logging.getLogger(__name__)
SHIPPED = "shipped"


def source_of(init: str, size: int) -> Path:
    """The file that ``--init`` names.

    Args:
        init: a run's folder, a checkpoint, an ``.onnx``, or the word ``shipped``: the generator that comes
            with the package, of the nearest size.
        size: pixels of the faces.
    """
    if init == SHIPPED:
        return SIZES[min(SIZES, key=lambda each: abs(each - size))]
    path = Path(init)
    return RunFolder(path).checkpoint if path.is_dir() else path


def digest_of(source: Path) -> str:
    """The hash that `f2a_methods.config.Config.init` stores.

    Raises:
        FatalError: it cannot be read.
    """
    try:
        return sha256_file(source)
    except OSError as error:
        raise FatalError(f"--init {source} cannot be read: {error.strerror}", ExitCode.USAGE) from None


def load_initial(state: State, source: Path) -> None:
    """Load the weights of tensors with the same name; the rest stays random.

    Averaged generators take precedence over current ones. If the size differs, a generator gets the levels
    that both have (see `f2a_methods.projected.generator`).

    Raises:
        FatalError: it is broken or hostile, or its generators are of another kind.
    """
    if source.suffix.lower() != ".onnx":
        size, given = _of_checkpoint(source)
    else:
        from f2a_train.onnx_weights import read_weights  # noqa: PLC0415 -- other runs need not load onnx

        card = OnnxTranslator.load(source).card
        size, given = card.size, read_weights(source, card.direction)
    mine = state.networks.state_dict()
    taken = {name: value for name, value in given.items() if name in mine}
    fits = all(value.shape == mine[name].shape for name, value in taken.items())
    if not fits or not any(_fits(state, name, taken, size) for name in state.learner.generators):
        raise FatalError(
            f"--init {source}: its generator is of another kind or width than this run's "
            f"({state.config.network}, {state.origin.size} pixels); give its run's --preset and settings",
            ExitCode.USAGE,
        )
    state.networks.load_state_dict(mine | taken)
    if state.average:
        state.average.restart()
    log.info("%d of %d tensors are from %s", len(taken), len(mine), source)


def _fits(state: State, direction: str, taken: Mapping[str, Tensor], size: int) -> bool:
    """Whether a generator is among what was taken: all of it, or, of another size, some."""
    names = [f"{direction}.{name}" for name in state.learner.generators[direction].state_dict()]
    return (all if size == state.origin.size else any)(name in taken for name in names)


def _of_checkpoint(source: Path) -> tuple[int, Mapping[str, Tensor]]:
    checkpoint = load(source, lenient=True)
    values = checkpoint.networks | checkpoint.averages
    if not all(isinstance(value, Tensor) for value in values.values()):
        raise FatalError(f"{source}: not a checkpoint of f2a-train")
    return checkpoint.origin.size, values
