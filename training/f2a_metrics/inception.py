"""FID and KID proper, through torchmetrics, with the Inception weights from a file of yours."""

import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from f2a_manifests import ExitCode, FatalError, first_line, sha256_file
from f2a_metrics.inception_network import FEATURES, Inception
from f2a_metrics.pictures import Pictures

BATCH = 32
SUBSETS, SUBSET = 100, 100  # of the KID: the number and size of its subsets
UNUSED = "fc."  # the classifier's weights


class _Features(nn.Identity):
    """Passes features to torchmetrics instead of images, so that each set is encoded once."""

    num_features = FEATURES


def load(weights: Path) -> Inception:
    """The network with the weights of torch-fidelity's ``weights-inception-2015-12-05-6726825d.pth``.

    Raises:
        FatalError: the file is missing, broken, hostile, or of another network.
    """
    network = Inception()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's explanation is long
            state = torch.load(weights, map_location="cpu", weights_only=True)
        network.load_state_dict({name: state[name] for name in state if not name.startswith(UNUSED)})
    except FileNotFoundError:
        raise FatalError(f"there are no weights {weights}", ExitCode.USAGE) from None
    except Exception as error:  # noqa: BLE001 -- a broken archive raises nearly anything
        reason = first_line(error)
        raise FatalError(f"{weights} does not hold the FID's Inception weights: {reason}") from None
    return network.eval().requires_grad_(requires_grad=False)


def measure(
    weights: Path, results: Pictures, reals: Pictures, others: Pictures, sources: Pictures
) -> dict[str, Any]:
    """FID and KID of the results, of other reals (the floor) and of the inputs, to the reals.

    With a few hundred faces the FID is strongly biased upwards: compare it with the floor, and only with
    tables of as many faces.

    Args:
        weights: see `load`.
        results: uint8 (N, S, S, 3), of which a few are read at a time.
        reals: likewise.
        others: likewise, other reals.
        sources: likewise, the inputs.

    Raises:
        FatalError: torchmetrics is missing, or the weights cannot be used.
    """
    makers = _makers(len(reals))
    network = load(weights)
    true = _features(network, reals)
    judged = {"value": results, "floor": others, "copy_the_input": sources}
    found = {name: _features(network, faces) for name, faces in judged.items()}
    distances = {
        metric: {name: _distance(make, true, features) for name, features in found.items()}
        for metric, make in makers.items()
    }
    return distances | {"weights_sha256": sha256_file(weights)}


def _makers(reals: int) -> dict[str, Callable[[], Any]]:
    """Functions that make each metric, from torchmetrics' classes.

    Raises:
        FatalError: the package is missing.
    """
    try:
        fid = import_module("torchmetrics.image.fid").FrechetInceptionDistance
        kid = import_module("torchmetrics.image.kid").KernelInceptionDistance
    except ImportError:
        raise FatalError(
            "--inception-weights needs a package: pip install 'face2anime-toolkit[fid]'"
        ) from None
    subset = min(SUBSET, reals)
    return {
        "fid": lambda: fid(feature=_Features()),
        "kid": lambda: kid(feature=_Features(), subsets=SUBSETS, subset_size=subset),
    }


def _features(network: Inception, faces: Pictures) -> Tensor:
    parts = (faces[at : at + BATCH] for at in range(0, len(faces), BATCH))
    with torch.inference_mode():
        return torch.cat([network(torch.from_numpy(np.array(part)).permute(0, 3, 1, 2)) for part in parts])


def _distance(make: Callable[[], Any], true: Tensor, judged: Tensor) -> float:
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # it says that features take memory
        torch.manual_seed(0)  # of the KID's subsets
        metric = make()
        metric.update(true, real=True)
        metric.update(judged, real=False)
        result = metric.compute()
    return float(result[0] if isinstance(result, tuple) else result)
