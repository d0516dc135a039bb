"""A small anchor-free detector: one map of face centres at a stride of 8 pixels, two classes.

The idea is CenterNet's (Zhou et al. 2019, "Objects as Points"): every cell says how much it is the centre
of an anime or a human face, and how far the face's four sides are away.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 8
CLASSES = ("anime", "human")


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

    Input: float32 RGB in [0, 255], (N, 3, H, W), H and W multiples of 32.
    Output: float32 (N, 6, H / 8, W / 8): logits of an anime and a human centre, then the distances from the
    cell's middle to the face's left, top, right and bottom side in pixels.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        half = width // 2
        self.stem = nn.Sequential(
            nn.Conv2d(3, half // 2, 3, 2, 1, bias=False), nn.BatchNorm2d(half // 2), nn.ReLU(inplace=True)
        )
        self.level4 = _level(half // 2, half, 1)
        self.level8 = _level(half, width, 3)
        self.level16 = _level(width, 2 * width, 3)
        self.level32 = _level(2 * width, 2 * width, 3)
        self.narrow16 = nn.Conv2d(2 * width, width, 1)
        self.narrow32 = nn.Conv2d(2 * width, width, 1)
        self.mixed16 = _block(width, width)
        self.mixed8 = nn.Sequential(_block(width, width), _Residual(width))
        self.head = nn.Conv2d(width, len(CLASSES) + 4, 1)
        if self.head.bias is not None:  # always; faces are rare: begin by saying so
            nn.init.constant_(self.head.bias[: len(CLASSES)], -4.0)
        self.calibration = nn.Buffer(torch.tensor([[1.0, 0.0, 0.0]] * len(CLASSES)))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self.with_features(x)[0]

    def with_features(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The output, and what the inner levels say of the whole image: float32 (N, 4 * width)."""
        x = self.level8(self.level4(self.stem((x - 128.0) / 64.0)))
        x16 = self.level16(x)
        x32 = self.level32(x16)
        mixed16 = self.mixed16(self.narrow16(x16) + _double(self.narrow32(x32)))
        out: Tensor = self.head(self.mixed8(x + _double(mixed16)))
        sizes = functional.softplus(out[:, len(CLASSES) :]) * STRIDE
        maps = torch.cat([out[:, : len(CLASSES)], sizes], 1)
        return maps, torch.cat([level.mean((2, 3)) for level in (x16, x32)], 1)


class Calibrated(nn.Module):
    """The network as it is shipped: with both outputs, and logits that mean what they say.

    A logit becomes ``slope * logit + tilt * log2(size / 32) + offset``, the three numbers (slope, tilt,
    offset) of its class in ``FaceNet.calibration``; size is the geometric mean of the box's sides.
    """

    def __init__(self, network: FaceNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See `FaceNet.with_features`."""
        maps, features = self.network.with_features(x)
        logits, (left, top, right, bottom) = maps[:, : len(CLASSES)], maps[:, len(CLASSES) :].unbind(1)
        size = torch.log2((left + right) * (top + bottom) + 1e-6).unsqueeze(1) / 2 - 5
        slope, tilt, offset = self.network.calibration.view(1, -1, 3, 1, 1).unbind(2)
        logits = slope * logits + tilt * size + offset
        return torch.cat([logits, maps[:, len(CLASSES) :]], 1), features


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")
