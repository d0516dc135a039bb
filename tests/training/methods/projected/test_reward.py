"""The reward model: whether a judge would call a result a whole and clean drawing."""

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
import skimage.data
import torch
from onnx import helper
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from f2a_faces.detectors.f2a import GREY
from f2a_faces.detectors.f2a import SHIPPED as DETECTOR
from f2a_methods.projected.reward import FEATURES, SIDE, reward_loss, shipped
from f2a_train.data.faces import to_floats
from f2a_train.generators import load

LEVELS = (
    "/level4/level4.1/Add_output_0",
    "/level8/level8.2/Add_output_0",
    "/level16/level16.4/Add_output_0",
    "/level32/level32.4/Add_output_0",
)
"""The maps in the detector's file."""


@pytest.fixture(scope="module")
def drawn() -> Tensor:
    """Drawings of a portrait, mirrored and moved: float32 in [-1, 1], (8, 3, 128, 128)."""
    portrait = skimage.data.astronaut()[50:182, 156:288]
    moved = [
        portrait[step : step + 120, step : step + 120][:, ::turn]
        for step in (0, 4, 8, 12)
        for turn in (1, -1)
    ]
    faces = np.stack([cv2.resize(face, (128, 128), interpolation=cv2.INTER_AREA) for face in moved])
    return to_floats(torch.tensor(load(size=128)(faces)).permute(0, 3, 1, 2))


def test_the_features_are_those_of_the_shipped_detector() -> None:
    faces = torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)) * 2 - 1
    model = onnx.load(DETECTOR)
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in LEVELS)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    maps = session.run(list(LEVELS), {"image": ((faces + 1) * 127.5 - GREY).numpy()})
    expected = np.concatenate([level.mean((2, 3)) for level in maps], 1)
    assert expected.shape == (2, FEATURES)
    assert shipped().features(faces).numpy() == pytest.approx(expected, rel=0.02, abs=0.02)  # 16 bits


def test_smeared_noisy_and_cut_faces_are_approved_of_less(drawn: Tensor) -> None:
    model = shipped()
    smeared = interpolate(avg_pool2d(drawn, 12), size=128, mode="bilinear")
    noisy = drawn + 0.6 * torch.randn(drawn.shape, generator=torch.Generator().manual_seed(0))
    cut = drawn.clone()
    cut[:, :, 64:] = drawn[:, :, 64:65]
    for worse in (smeared, noisy.clamp(-1, 1), cut):
        assert model(worse).max() < model(drawn).min() - 1


def test_a_smeared_face_becomes_more_like_what_is_approved_of(drawn: Tensor) -> None:
    torch.manual_seed(0)
    model = shipped()
    results = interpolate(avg_pool2d(drawn, 12), size=128, mode="bilinear").requires_grad_()
    before = model(results).mean().item()
    optimiser = torch.optim.Adam([results], 0.02)
    for _ in range(15):
        optimiser.zero_grad()
        reward_loss(model, results).backward()
        optimiser.step()
    assert model(results.detach()).mean() > before + 1
    assert all(weight.grad is None for weight in model.parameters())
