"""Writing a trained network as ONNX, as the detector reads it."""

import warnings
from pathlib import Path

import torch

from f2a_detector.network import Calibrated, FaceNet

SIZES = {0: "images", 2: "height", 3: "width"}
AXES = {"image": SIZES, "maps": SIZES}


def export(network: FaceNet, path: Path) -> None:
    """Write an ONNX file that takes images of any size (multiples of 32).

    Its output is `FaceNet`'s maps with calibrated logits.
    """
    image = torch.zeros(1, 3, 256, 256)
    unfinished = path.with_name(f".{path.name}.tmp")
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
    unfinished.replace(path)
