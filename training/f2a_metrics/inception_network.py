"""The Inception network of the FID, up to its pooled features, for weights from a file.

Szegedy et al. 2016 as TensorFlow published it on 2015-12-05, which is what FID means: average pools do
not count their padding, and the last block pools by maximum. The modules are named as in the file
``weights-inception-2015-12-05-6726825d.pth`` that torch-fidelity publishes.

torch-fidelity 0.4 has this network too, and torchmetrics takes it from there, but opens the file with
``weights_only=False``, so that a hostile file can run code, and needs torchvision.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 299
FEATURES = 2048


class Conv(NamedTuple):
    """A convolution's name, channels, kernel (a side, or height and width) and stride."""

    name: str
    channels: int
    kernel: int | tuple[int, int] = 1
    stride: int = 1


Fork = tuple[Conv, Conv]  # both on the same input, side by side
Branch = Sequence[Conv | Fork | str]  # a text is a pool: mean, max, or halve


class Unit(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inside: int, conv: Conv, *, padded: bool = True) -> None:
        super().__init__()
        height, width = (conv.kernel, conv.kernel) if isinstance(conv.kernel, int) else conv.kernel
        padding = (height // 2, width // 2) if padded and conv.stride == 1 else (0, 0)
        self.conv = nn.Conv2d(inside, conv.channels, (height, width), conv.stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(conv.channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, channels, H', W')."""
        return functional.relu(self.bn(self.conv(x)))


class Block(nn.Module):
    """Branches on the same input, side by side in the result.

    Attributes:
        channels: of the result.
    """

    def __init__(self, inside: int, *branches: Branch) -> None:
        super().__init__()
        self.branches = branches
        self.channels = sum(self._add(inside, branch) for branch in branches)

    def _add(self, width: int, branch: Branch) -> int:
        for step in branch:
            if isinstance(step, str):
                continue
            convs = [step] if isinstance(step, Conv) else step
            for conv in convs:
                self.add_module(conv.name, Unit(width, conv))
            width = sum(conv.channels for conv in convs)
        return width

    def forward(self, x: Tensor) -> Tensor:
        """(N, inside, H, W) to (N, channels, H', W')."""
        return torch.cat([self._run(x, branch) for branch in self.branches], 1)

    def _run(self, x: Tensor, branch: Branch) -> Tensor:
        for step in branch:
            if isinstance(step, str):
                x = _pooled(x, step)
            elif isinstance(step, Conv):
                x = self.get_submodule(step.name)(x)
            else:
                x = torch.cat([self.get_submodule(conv.name)(x) for conv in step], 1)
        return x


class Inception(nn.Module):
    """uint8 (N, 3, S, S), sRGB, to float32 (N, 2048)."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Unit(3, Conv("", 32, 3, 2))
        self.Conv2d_2a_3x3 = Unit(32, Conv("", 32, 3), padded=False)
        self.Conv2d_2b_3x3 = Unit(32, Conv("", 64, 3))
        self.Conv2d_3b_1x1 = Unit(64, Conv("", 80))
        self.Conv2d_4a_3x3 = Unit(80, Conv("", 192, 3), padded=False)
        self.mixed: list[Block] = []
        width = 192
        for name, branches in BLOCKS.items():
            self.mixed.append(Block(width, *branches))
            self.add_module(name, self.mixed[-1])
            width = self.mixed[-1].channels

    def forward(self, faces: Tensor) -> Tensor:
        """See the class; the enlargement is torchmetrics' own."""
        x = functional.interpolate(faces.float(), (SIDE, SIDE), mode="bilinear", antialias=True)
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3((x - 128) / 128)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(_pooled(x, "halve")))
        x = _pooled(x, "halve")
        for block in self.mixed:
            x = block(x)
        return x.mean((2, 3))


def _pooled(x: Tensor, kind: str) -> Tensor:
    if kind == "mean":
        return functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    if kind == "max":
        return functional.max_pool2d(x, 3, stride=1, padding=1)
    return functional.max_pool2d(x, 3, stride=2)


def _squares(pooled: int) -> list[Branch]:
    """A block at 35 x 35."""
    return [
        [Conv("branch1x1", 64)],
        [Conv("branch5x5_1", 48), Conv("branch5x5_2", 64, 5)],
        [Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, 3), Conv("branch3x3dbl_3", 96, 3)],
        ["mean", Conv("branch_pool", pooled)],
    ]


def _crosses(inner: int) -> list[Branch]:
    """A block at 17 x 17."""
    row, column = (1, 7), (7, 1)
    single = [("1", inner, 1), ("2", inner, row), ("3", 192, column)]
    double = [
        ("1", inner, 1),
        ("2", inner, column),
        ("3", inner, row),
        ("4", inner, column),
        ("5", 192, row),
    ]
    return [
        [Conv("branch1x1", 192)],
        [Conv(f"branch7x7_{name}", *shape) for name, *shape in single],  # type: ignore[arg-type]
        [Conv(f"branch7x7dbl_{name}", *shape) for name, *shape in double],  # type: ignore[arg-type]
        ["mean", Conv("branch_pool", 192)],
    ]


def _forks(pool: str) -> list[Branch]:
    """A block at 8 x 8."""

    def fork(name: str) -> Fork:
        return Conv(f"{name}a", 384, (1, 3)), Conv(f"{name}b", 384, (3, 1))

    return [
        [Conv("branch1x1", 320)],
        [Conv("branch3x3_1", 384), fork("branch3x3_2")],
        [Conv("branch3x3dbl_1", 448), Conv("branch3x3dbl_2", 384, 3), fork("branch3x3dbl_3")],
        [pool, Conv("branch_pool", 192)],
    ]


BLOCKS: dict[str, list[Branch]] = {
    "Mixed_5b": _squares(32),
    "Mixed_5c": _squares(64),
    "Mixed_5d": _squares(64),
    "Mixed_6a": [
        [Conv("branch3x3", 384, 3, 2)],
        [Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, 3), Conv("branch3x3dbl_3", 96, 3, 2)],
        ["halve"],
    ],
    "Mixed_6b": _crosses(128),
    "Mixed_6c": _crosses(160),
    "Mixed_6d": _crosses(160),
    "Mixed_6e": _crosses(192),
    "Mixed_7a": [
        [Conv("branch3x3_1", 192), Conv("branch3x3_2", 320, 3, 2)],
        [
            Conv("branch7x7x3_1", 192),
            Conv("branch7x7x3_2", 192, (1, 7)),
            Conv("branch7x7x3_3", 192, (7, 1)),
            Conv("branch7x7x3_4", 192, 3, 2),
        ],
        ["halve"],
    ],
    "Mixed_7b": _forks("mean"),
    "Mixed_7c": _forks("max"),
}
