"""The generators that come with the package."""

from pathlib import Path

from f2a_manifests import ExitCode, FatalError

_FOLDER = Path(__file__).parent / "weights"
SHIPPED = {size: _FOLDER / f"generator-{size}.onnx" for size in (64, 128)}
"""Their files, by the pixels of a face's side."""


def shipped(size: int | None = None) -> Path:
    """The file of one; None for the largest there is.

    Raises:
        FatalError: there is no generator of that size.
    """
    size = size or max(SHIPPED)
    if size not in SHIPPED:
        message = f"no generator of {size} pixels ships; there is {' and '.join(map(str, SHIPPED))}"
        raise FatalError(message, ExitCode.USAGE)
    return SHIPPED[size]
