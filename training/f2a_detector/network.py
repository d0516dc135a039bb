"""A small anchor-free detector: one map of face centres at a stride of 4 pixels, two classes.

As in CenterNet (Zhou et al. 2019, "Objects as Points"), every cell gives a score for being the centre
of an anime or a human face, and the distances to the face's four sides. The map is as fine as its,
because a face in a crowd is a few cells wide; most of the computation is on coarser maps, where it is cheap
(feature pyramid, Lin et al. 2017).
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

CLASSES = ("anime", "human")
WIDTHS = (16, 32, 80, 160, 224)
"""Channels at the strides 2, 4, 8, 16 and 32."""
SIZE_UNIT = 8.0
"""Pixels: the head's unit of distance, so that its values are neither tiny nor huge."""
CONTRAST = 64.0
"""Pixels are divided by this, for the same reason."""


def _block(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    """Depthwise 3x3, then pointwise: 3x3 because OpenCV runs 5x5 at half the speed."""
    return nn.Sequential(
        nn.Conv2d(inside, inside, 3, stride, 1, groups=inside, bias=False),
        nn.BatchNorm2d(inside),
        nn.ReLU(inplace=True),
        nn.Conv2d(inside, outside, 1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = _block(width, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.body(x)
        return out


def _level(inside: int, outside: int, repeats: int) -> nn.Sequential:
    return nn.Sequential(_block(inside, outside, 2), *(_Residual(outside) for _ in range(repeats)))


class FaceNet(nn.Module):
    """The network.

    Input: float32 RGB less `f2a_faces.detectors.f2a.GREY`, -128 to 127, (N, 3, H, W), H and W multiples
    of 32.
    Output: float32 (N, 6, H / 4, W / 4): logits of an anime and a human centre, then the distances from the
    cell's middle to the face's left, top, right and bottom side in pixels.
    """

    def __init__(self) -> None:
        super().__init__()
        at2, at4, at8, at16, at32 = WIDTHS
        self.stem = nn.Sequential(
            nn.Conv2d(3, at2, 3, 2, 1, bias=False), nn.BatchNorm2d(at2), nn.ReLU(inplace=True)
        )
        self.level4 = _level(at2, at4, 1)
        self.level8 = _level(at4, at8, 2)
        self.level16 = _level(at8, at16, 4)
        self.level32 = _level(at16, at32, 4)
        self.narrow32 = nn.Conv2d(at32, at8, 1)
        self.narrow16 = nn.Conv2d(at16, at8, 1)
        self.mixed16 = _block(at8, at8)
        self.mixed8 = _block(at8, at8)
        self.narrow8 = nn.Conv2d(at8, at4, 1)
        self.narrow4 = nn.Conv2d(at4, at4, 1)
        self.mixed4 = _block(at4, at4)
        self.head = nn.Conv2d(at4, len(CLASSES) + 4, 1)
        if self.head.bias is not None:  # always; start with a low score, because faces are rare
            nn.init.constant_(self.head.bias[: len(CLASSES)], -4.6)
        self.calibration = nn.Buffer(torch.tensor([[1.0, 0.0, 0.0]] * len(CLASSES)))
        self.box_scale = nn.Buffer(torch.ones(len(CLASSES), 4))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self.maps(self.stem(x / CONTRAST))

    def maps(self, x: Tensor) -> Tensor:
        """The output, from the stem's."""
        x4 = self.level4(x)
        x8 = self.level8(x4)
        x16 = self.level16(x8)
        x32 = self.level32(x16)
        mixed16 = self.mixed16(self.narrow16(x16) + _double(self.narrow32(x32)))
        mixed8 = self.mixed8(x8 + _double(mixed16))
        mixed4 = self.mixed4(self.narrow4(x4) + _double(self.narrow8(mixed8)))
        out: Tensor = self.head(mixed4)
        sizes = _softplus(out[:, len(CLASSES) :]) * SIZE_UNIT
        return torch.cat([out[:, : len(CLASSES)], sizes], 1)


class Calibrated(nn.Module):
    """The exported network: calibrated logits, and boxes for each class.

    Output: float32 (N, 2 + 8, H / 4, W / 4): the logits, then the distances of `FaceNet` for an anime face,
    then those for a human one.

    A logit becomes ``scale * logit + tilt * log2(size / 32) + offset``, the three numbers (scale, tilt,
    offset) of its class in ``FaceNet.calibration``; size is the geometric mean of the box's sides. The
    distances are multiplied by ``FaceNet.box_scale``, four factors (left, top, right, bottom) per class.

    The division by `CONTRAST` is folded into the stem's weights: separately it took a sixteenth of the time.
    """

    def __init__(self, network: FaceNet) -> None:
        super().__init__()
        self.network = network
        self.stem = copy.deepcopy(network.stem)
        with torch.no_grad():
            next(self.stem.parameters()).div_(CONTRAST)

    def forward(self, x: Tensor) -> Tensor:
        """See `FaceNet`."""
        maps = self.network.maps(self.stem(x))
        logits, (left, top, right, bottom) = maps[:, : len(CLASSES)], maps[:, len(CLASSES) :].unbind(1)
        size = torch.log2((left + right) * (top + bottom) + 1e-6).unsqueeze(1) / 2 - 5
        scale, tilt, offset = self.network.calibration.view(1, -1, 3, 1, 1).unbind(2)
        logits = scale * logits + tilt * size + offset
        sides = maps[:, None, len(CLASSES) :] * self.network.box_scale[None, :, :, None, None]
        return torch.cat([logits, sides.flatten(1, 2)], 1)


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def _softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)) in operations that onnxruntime vectorises, unlike its own ``Softplus``."""
    return functional.relu(x) + torch.log(1 + torch.exp(-x.abs()))
