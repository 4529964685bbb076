"""ST-RoomNet: its published weights come in, its warp obeys the laws of homographies."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py  # type: ignore[import-untyped, unused-ignore]
import numpy as np
import pytest
import torch

from models.checkpoints import WeightsDamaged, WeightsMismatch, WeightsMissing
from models.st_roomnet import LABELS, STRoomNet, STRoomNetConfig
from models.st_roomnet.model import reference_room, warp_reference
from tests.models.st_roomnet.keras_files import variables, write_keras

IDENTITY = torch.tensor([[1.0, 0, 0, 0, 1, 0, 0, 0]])


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_keras(tmp_path_factory.mktemp("keras") / "st_roomnet.h5")


@pytest.fixture(scope="module")
def model(keras_file: Path) -> STRoomNet:
    return STRoomNet.from_keras(keras_file)


def test_golden_tensors_of_the_keras_model(model: STRoomNet, shared_data: Path) -> None:
    golden = np.load(shared_data / "golden" / "st_roomnet" / "expected.npz")
    images = torch.from_numpy(golden["images"].astype(np.float32)).permute(0, 3, 1, 2)
    found = model(images)
    assert np.abs(found.theta.numpy() - golden["theta"]).max() < 1e-4
    assert (found.layout.numpy() == golden["layout"]).mean() >= 0.999


def test_the_recorded_layout_of_the_file_is_the_one_written_here(shared_data: Path) -> None:
    lines = (shared_data.parent / "reference" / "st_roomnet_h5_layout.txt").read_text().splitlines()
    recorded = {line.split("\t")[0]: line.split("\t")[1] for line in lines if line.startswith("/")}
    written = {f"/{group}/{name}": str(shape) for group, name, shape in variables("dense")}
    assert written == recorded
    assert sum(int(np.prod(shape)) for _, _, shape in variables()) == 27_826_280


@pytest.mark.parametrize(("last", "root"), [("dense", ""), ("theta_layer", "model_weights"), ("dense_3", "")])
def test_the_last_layer_is_known_by_its_place_and_whole_models_are_read(
    tmp_path: Path, keras_file: Path, model: STRoomNet, last: str, root: str
) -> None:
    other = tmp_path / "other.h5"
    shutil.copy(keras_file, other)
    with h5py.File(other, "a") as opened:
        opened.move("theta_layer/theta_layer", f"{last}/{last}")
        if root:
            for group in list(opened):
                opened.move(group, f"{root}/{group}")
    loaded = STRoomNet.from_keras(other)
    assert torch.equal(loaded.backbone.norm.weight, model.backbone.norm.weight)
    assert torch.equal(loaded.theta.weight, model.theta.weight)


def test_conversion_keeps_every_number(tmp_path: Path, model: STRoomNet) -> None:
    model.save(tmp_path / "st_roomnet.safetensors")
    loaded = STRoomNet.from_pretrained(tmp_path / "st_roomnet.safetensors")
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)


def test_a_fresh_network_starts_at_the_reference_room() -> None:
    fresh = STRoomNet(STRoomNetConfig(depths=(1, 1, 1, 1), widths=(8, 8, 8, 8))).eval()
    found = fresh(torch.rand(1, 3, 400, 400) * 255)
    assert torch.allclose(found.theta, IDENTITY)
    assert torch.equal(found.layout[0].float(), reference_room())


def test_the_reference_room_has_its_published_areas() -> None:
    room = reference_room()
    assert [int((room == label).sum()) for label in LABELS] == [9801, 37599, 37200, 37500, 37900]


def test_a_shift_moves_the_room() -> None:
    shifted = warp_reference(torch.tensor([[1.0, 0, 0.5, 0, 1, 0, 0, 0]]), reference_room())[0]
    # half of [-1, 1] to the right in the reference: 99.75 pixels
    assert torch.equal(
        shifted[:, 100].round(), (0.25 * reference_room()[:, 199] + 0.75 * reference_room()[:, 200]).round()
    )
    assert torch.equal(shifted[:, 399], reference_room()[:, 399])


def test_a_mirrored_homography_swaps_the_side_walls() -> None:
    mirrored = warp_reference(torch.tensor([[-1.0, 0, 0, 0, 1, 0, 0, 0]]), reference_room())[0].round()
    assert mirrored[200, 10] == 3
    assert mirrored[200, 390] == 2


def test_only_the_ratio_of_a_homography_matters_and_vanishing_points_do_no_harm() -> None:
    room = reference_room()
    perspective = torch.tensor([[1.0, 0.1, 0.2, 0.0, 0.9, 0.1, 2.0, 0.3]])
    found = warp_reference(perspective, room)
    assert torch.isfinite(found).all()
    assert set(torch.unique(found.round()).tolist()) <= set(LABELS)


def test_the_values_lead_theta() -> None:
    theta = IDENTITY.clone().requires_grad_(True)
    warp_reference(theta, reference_room()).square().mean().backward()  # type: ignore[no-untyped-call]
    assert theta.grad is not None
    assert torch.isfinite(theta.grad).all()
    assert theta.grad.abs().sum() > 0


@pytest.mark.parametrize("shape", [(3, 400, 400), (1, 3, 224, 224), (1, 1, 400, 400)])
def test_images_of_other_sizes_are_refused(shape: tuple[int, ...]) -> None:
    small = STRoomNet(STRoomNetConfig(depths=(1, 1, 1, 1), widths=(8, 8, 8, 8)))
    with pytest.raises(ValueError, match="expected floats"):
        small(torch.zeros(shape))


def test_files_that_do_not_fit_are_told(tmp_path: Path, keras_file: Path) -> None:
    broken = tmp_path / "broken.h5"
    broken.write_bytes(keras_file.read_bytes()[:4_000_000])
    with pytest.raises(WeightsDamaged, match=r"broken\.h5"):
        STRoomNet.from_keras(broken)
    broken.write_bytes(b"not a file of arrays")
    with pytest.raises(WeightsDamaged, match="no HDF5"):
        STRoomNet.from_pretrained(broken)
    with pytest.raises(WeightsMissing, match="no file"):
        STRoomNet.from_keras(tmp_path / "absent.h5")
    with pytest.raises(WeightsMissing, match="no weights file"):
        STRoomNet.from_pretrained(tmp_path / "weights.onnx")
    with h5py.File(broken, "w") as opened:
        opened["convnext_tiny_stem/convnext_tiny_stem_conv/kernel:0"] = np.zeros((4, 4, 3, 90), np.float32)
        opened["odd/odd/thing:0"] = np.zeros(3, np.float32)
    with pytest.raises(WeightsMismatch, match=r"missing: .*1 unexpected: theta\.thing.*of another shape"):
        STRoomNet.from_keras(broken)
