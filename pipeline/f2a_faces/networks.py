"""Runs ONNX files with onnxruntime; the only place that opens them. Files are untrusted."""

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from f2a_manifests import FatalError, first_line, sha256_file

if (
    TYPE_CHECKING
):  # at run time where a network is opened: importing it takes 0.1 s, of commands that need none
    import onnxruntime

Provider = Literal["cpu", "cuda"]
PROVIDERS: dict[Provider, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
MAX_BYTES = 1024**3
FOLDER_OF_WEIGHTS = "session.model_external_initializers_file_folder_path"
"""An ONNX file can name other files with its weights; a stranger's must not open any of ours."""


def open_network(
    model: bytes, threads: int = 0, provider: Provider = "cpu"
) -> "onnxruntime.InferenceSession":
    """A network, ready to run.

    Args:
        model: the file's bytes.
        threads: that one call may use; 0 for one per core.
        provider: what it runs on.

    Raises:
        FatalError: onnxruntime cannot read it, or does not have the provider.
    """
    import onnxruntime  # noqa: PLC0415 -- see above

    if PROVIDERS[provider] not in onnxruntime.get_available_providers():
        raise FatalError(f"this onnxruntime has no {PROVIDERS[provider]}: pip install onnxruntime-gpu")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the cores to others
    options.add_session_config_entry(FOLDER_OF_WEIGHTS, os.devnull)
    try:
        network = onnxruntime.InferenceSession(model, options, providers=[PROVIDERS[provider]])
    except Exception as error:  # noqa: BLE001 -- its errors have no common class
        raise FatalError(f"not a network that onnxruntime can read: {first_line(error)}") from None
    if PROVIDERS[provider] not in network.get_providers():  # it falls back to the CPU where CUDA fails
        raise FatalError(f"{PROVIDERS[provider]} does not work here; onnxruntime's log says why")
    return network


def read_network(file: Path, threads: int = 0, provider: Provider = "cpu") -> "onnxruntime.InferenceSession":
    """The network in a file, read once, and again after the file has changed.

    Raises:
        FatalError: it is missing, too large, or not a network; see also `open_network`.
    """
    return _network(file, _written(file), threads, provider)


def digest(file: Path) -> str:
    """The file's SHA-256, read as `read_network` does.

    Raises:
        FatalError: it is missing.
    """
    return _digest(file, _written(file))


def read_bytes(file: Path) -> bytes:
    """All bytes of a network's file; errors do not name the file.

    Raises:
        FatalError: it is missing, or larger than `MAX_BYTES`.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise FatalError(error.strerror or "cannot be read") from None
    if len(data) > MAX_BYTES:
        raise FatalError(f"larger than {MAX_BYTES // 2**20} MiB")
    return data


def _written(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError as error:
        raise FatalError(f"{file}: {error.strerror or 'cannot be read'}") from None


@cache
def _network(file: Path, _written: int, threads: int, provider: Provider) -> "onnxruntime.InferenceSession":
    try:
        return open_network(read_bytes(file), threads, provider)
    except FatalError as error:
        raise FatalError(f"{file}: {error}") from None


@cache
def _digest(file: Path, _written: int) -> str:
    return sha256_file(file)
