"""The fastest precision on this machine."""

import logging
import os
from dataclasses import replace

import torch

from f2a_methods.config import Config, Precision

log = logging.getLogger(__name__)


def settled(config: Config, begun: Precision | None, device: torch.device) -> Config:
    """The settings with ``auto`` resolved: bf16 if this machine has it, otherwise fp32.

    Warns of bf16 on a machine without it, whether requested or inherited from the run.

    Args:
        config: the settings.
        begun: the run's precision so far; None for a new run.
        device: where it computes.
    """
    if config.precision == "auto":
        config = replace(config, precision=begun or precision_here(device))
    if config.precision == "bf16" and not has_bf16(device):
        log.warning("this machine has no bf16 arithmetic: the setting precision = 'fp32' will be faster here")
    return config


def precision_here(device: torch.device) -> Precision:
    """``bf16`` if it is native (see `has_bf16`), otherwise ``fp32``."""
    return "bf16" if has_bf16(device) else "fp32"


def has_bf16(device: torch.device) -> bool:
    """Whether bf16 is native here. Emulated on a CPU, it is far slower than fp32.

    Set the environment variable ``F2A_NO_BF16`` to test without it.
    """
    if os.environ.get("F2A_NO_BF16"):
        return False
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    known = torch.cpu.get_capabilities()
    return any(known.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
