"""The Inception network's shape, and what it says of a weights file; its true weights are no part of this."""

import pickle
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from drawn_faces import drawn_faces
from f2a_manifests import FatalError
from f2a_metrics import inception
from f2a_metrics.inception_network import Inception
from f2a_metrics.table import inception_rows


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random ones, in the published file's form."""
    torch.manual_seed(0)
    network = Inception()
    for weight in network.parameters():
        if weight.ndim == 4:
            torch.nn.init.kaiming_normal_(weight)  # so that faces still differ after 94 of them
    file = tmp_path_factory.mktemp("inception") / "weights.pth"
    classifier = {"fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}
    torch.save(network.state_dict() | classifier, file)
    return file


def test_it_has_the_published_parameters() -> None:
    """Szegedy et al. 2016: 23.8 million with the classifier's 2.05 million, 94 convolutions."""
    network = Inception()
    kernels = [weight for name, weight in network.named_parameters() if name.endswith("conv.weight")]
    assert len(kernels) == 94
    assert sum(weight.numel() for weight in network.parameters()) == 21_785_568


def test_features_are_of_each_face_alone(weights: Path) -> None:
    network = inception.load(weights)
    faces = torch.from_numpy(drawn_faces(0, 3).copy()).permute(0, 3, 1, 2)
    with torch.inference_mode():
        together, alone = network(faces), network(faces[1:2])
    assert together.shape == (3, 2048)
    torch.testing.assert_close(together[1:2], alone, rtol=1e-3, atol=1e-4)
    assert (together[0] - together[1]).abs().mean() > 0.05 * together.abs().mean()


def test_other_files_are_refused_and_hostile_ones_never_run(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(FatalError, match=r"there are no weights .*none\.pth"):
        inception.load(tmp_path / "none.pth")
    torch.save({"weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(FatalError, match="does not hold the FID's Inception weights"):
        inception.load(tmp_path / "other.pth")
    (tmp_path / "torn.pth").write_bytes(weights.read_bytes()[:50_000])
    with pytest.raises(FatalError, match="does not hold"):
        inception.load(tmp_path / "torn.pth")

    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "ran",)

    (tmp_path / "hostile.pth").write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(FatalError, match="does not hold"):
        inception.load(tmp_path / "hostile.pth")
    assert not (tmp_path / "ran").exists()


def test_the_missing_package_is_named(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(inception, "import_module", missing)
    faces = drawn_faces(0, 8)
    with pytest.raises(FatalError, match=r"pip install 'face2anime-toolkit\[fid\]'"):
        inception.measure(weights, faces, faces, faces, faces)


def test_distances_by_torchmetrics(weights: Path) -> None:
    if find_spec("torchmetrics") is None:
        pytest.skip("NO FID TESTS: pip install 'face2anime-toolkit[fid]'")
    reals, others = drawn_faces(0, 16), drawn_faces(1000, 16)
    found = inception.measure(weights, 255 - others, reals, others, np.ascontiguousarray(reals))
    for metric in ("fid", "kid"):
        assert found[metric]["value"] > found[metric]["floor"] > found[metric]["copy_the_input"]
    assert [row.split()[0] for row in inception_rows(found)] == ["fid", "kid"]
