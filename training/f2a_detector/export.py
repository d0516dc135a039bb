"""Writing a trained network as ONNX, as the detector reads it."""

import warnings
from pathlib import Path

import torch

from f2a_detector.network import Calibrated, FaceNet
from f2a_manifests import FatalError

SIZES = {0: "images", 2: "height", 3: "width"}
AXES = {"image": SIZES, "maps": SIZES}


def export(network: FaceNet, path: Path) -> None:
    """Write an ONNX file that takes images of any size (multiples of 32).

    Its output is `FaceNet`'s maps with calibrated logits.

    Raises:
        FatalError: the package ``onnx`` is missing, or the file cannot be written.
    """
    image = torch.zeros(1, 3, 256, 256)
    unfinished = path.with_name(f".{path.name}.tmp")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the newer exporter needs onnxscript as well
            torch.onnx.export(
                Calibrated(network.cpu()).eval(),  # or torch would put it back into training mode
                (image,),
                str(unfinished),
                input_names=["image"],
                output_names=["maps"],
                dynamic_axes=AXES,
                opset_version=13,
                dynamo=False,
            )
    except torch.onnx.OnnxExporterError as error:
        raise FatalError(
            f"cannot write the network ({error}): pip install 'face2anime-toolkit[onnx]'"
        ) from None
    unfinished.replace(path)
