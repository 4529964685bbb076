"""Depth models by name: tiny random ones, saved as transformers saves them, through the real loading code."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import UInt8
from safetensors.torch import load_file, save_file
from transformers import AutoModelForDepthEstimation, BertConfig, BertModel, DPTConfig

from models.checkpoints import WeightsDamaged, WeightsError, WeightsMismatch, WeightsMissing
from models.depth import DepthNetwork, depth_kind, is_complete
from models.weights import DEPTH_MODELS, depth_weights, weights_named
from tests.models.tiny_depth import KINDS, save_tiny


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("depth")
    return {kind: save_tiny(kind, base / kind.replace(" ", "_")) for kind in KINDS}


def photo(width: int = 120, height: int = 90) -> UInt8[np.ndarray, "H W 3"]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(("kind", "numbers"), KINDS.items())
def test_a_model_says_something_of_every_pixel(folders: dict[str, Path], kind: str, numbers: str) -> None:
    network = DepthNetwork.from_pretrained(folders[kind])
    assert network.kind == numbers
    said = network(photo())
    assert said.shape == (90, 120)
    assert said.std() > 0
    assert np.array_equal(said, network(photo())), "the same photo gives the same map"
    assert network(photo(64, 96)).shape == (96, 64)


def test_metres_come_out_as_transformers_has_them(folders: dict[str, Path]) -> None:
    network = DepthNetwork.from_pretrained(folders["depth anything metric"])
    plain = AutoModelForDepthEstimation.from_pretrained(folders["depth anything metric"]).eval()
    pixels = network.processor(images=photo(), return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        expected = plain(pixel_values=pixels).predicted_depth[0]
    said = network(photo())
    assert 0 < said.min() <= said.max() <= 20.5
    assert said.mean() == pytest.approx(expected.mean().item(), rel=0.02)


def test_models_of_midas_give_inverse_depth() -> None:
    assert depth_kind(DPTConfig()) == "inverse"


def _spoilt(folder: Path, to: Path, spoil: str) -> Path:
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    weights = to / "model.safetensors"
    if spoil == "tensor":
        tensors = load_file(weights)
        tensors.pop(sorted(tensors)[0])
        save_file(tensors, weights, {"format": "pt"})
    elif spoil == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    else:
        (to / spoil).unlink()
    return to


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        ("config.json", WeightsMissing, "holds no config.json"),
        ("preprocessor_config.json", WeightsMissing, "holds no preprocessor_config.json"),
        ("model.safetensors", WeightsMissing, "can hold code and are not read"),
        ("tensor", WeightsMismatch, "Fetch it again"),
        ("cut", WeightsDamaged, "Fetch it again"),
    ],
)
def test_a_folder_that_is_not_whole_says_what_to_do(
    folders: dict[str, Path], tmp_path: Path, spoil: str, error: type[WeightsError], said: str
) -> None:
    with pytest.raises(error, match=said):
        DepthNetwork.from_pretrained(_spoilt(folders["depth anything"], tmp_path, spoil))


def test_a_model_that_gives_no_depth_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    BertModel(
        BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    ).save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(WeightsMismatch, match=r"of the kind bert, which gives no depth.*zoedepth"):
        DepthNetwork.from_pretrained(tmp_path)


def test_an_architecture_that_transformers_does_not_know_is_told(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = _spoilt(folders["depth anything"], tmp_path, "preprocessor_config.json")
    (folder / "preprocessor_config.json").write_text("{}", encoding="utf-8")
    settings = {"model_name": "da3-small", "config": {}}
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(WeightsMismatch, match="does not know the model"):
        DepthNetwork.from_pretrained(folder)


def test_half_a_download_is_not_complete(folders: dict[str, Path], tmp_path: Path) -> None:
    assert is_complete(folders["depth anything"])
    assert not is_complete(tmp_path / "nowhere")
    half = _spoilt(folders["depth anything"], tmp_path, "model.safetensors")
    (half / "model.safetensors.part").touch()
    assert not is_complete(half)


def test_depth_models_are_listed_with_their_licence() -> None:
    assert {depth_weights(key) for key in DEPTH_MODELS} == {weights_named(key) for key in DEPTH_MODELS}
    small, base = weights_named("depth-anything-v2-small"), weights_named("depth-anything-v2-base")
    assert (small.licence, small.restriction) == ("Apache-2.0", "")
    assert "not for commercial use" in base.restriction
    assert depth_weights("depth-anything/Depth-Anything-V2-Base-hf") is base
    other = depth_weights("somebody/some-depth.model")
    assert other is not None
    assert other.place().name == "somebody--some-depth.model"
    for nonsense in ("nonsense", "../up/here", "a/b/c", "a/../b"):
        assert depth_weights(nonsense) is None
