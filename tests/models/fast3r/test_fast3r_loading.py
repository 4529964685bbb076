"""Weights come in as published, as a student's and as Lightning's checkpoint; anything else is told."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from models.checkpoints import WeightsDamaged, WeightsError, WeightsMismatch, WeightsMissing
from models.fast3r import DecoderConfig, EncoderConfig, Fast3R, Fast3RConfig, HeadConfig
from models.fast3r.loading import deduce_config
from models.fast3r.verify import verify_folder
from tests.models.fast3r.tiny import CONFIG, published_state, tiny_model, views, write_folder


def _gives_the_same(loaded: Fast3R, model: Fast3R) -> bool:
    images = views(2)
    ours, theirs = loaded(images)[1], model(images)[1]
    return all(torch.equal(a, b) for a, b in zip(vars(ours).values(), vars(theirs).values(), strict=True))


def test_a_published_folder_is_loaded_for_inference(tmp_path: Path) -> None:
    model = tiny_model()
    folder = write_folder(model, tmp_path / "fast3r")
    assert "Infinity" in (folder / "config.json").read_text()
    loaded = Fast3R.from_pretrained(str(folder))
    assert loaded.config == model.config
    assert not loaded.training
    assert not any(weight.requires_grad for weight in loaded.parameters())
    assert _gives_the_same(loaded, model)
    assert verify_folder(folder) == model.config


def test_both_names_of_a_head_layer_stay_one_tensor(tmp_path: Path) -> None:
    loaded = Fast3R.from_pretrained(write_folder(tiny_model(), tmp_path))
    scratch = loaded.downstream_head.dpt.scratch
    assert scratch.layer_rn[2].weight is scratch.layer3_rn.weight


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(
            lambda state: {"model_state_dict": state, "optimizer_state_dict": {"step": 3}}, id="student"
        ),
        pytest.param(
            lambda state: {"state_dict": {f"net.{k}": v for k, v in state.items()}, "epoch": 2}, id="lightning"
        ),
        pytest.param(dict, id="bare"),
    ],
)
def test_checkpoints_with_all_720_names_are_loaded(
    tmp_path: Path, wrapped: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    model = tiny_model()
    folder = write_folder(model, tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save(wrapped(dict(model.state_dict())), folder / "epoch_3.pth")
    assert _gives_the_same(Fast3R.from_pretrained(folder), model)
    assert _gives_the_same(Fast3R.from_pretrained(folder / "epoch_3.pth"), model)
    assert verify_folder(folder) == model.config


def test_second_names_that_disagree_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tiny_model(), tmp_path)
    state = {name: tensor.clone() for name, tensor in tiny_model().state_dict().items()}
    state["downstream_head.dpt.scratch.layer_rn.1.weight"] += 1
    torch.save(state, folder / "odd.pth")
    with pytest.raises(WeightsMismatch, match="second name"):
        Fast3R.from_pretrained(folder / "odd.pth")


def test_without_a_configuration_sizes_come_from_the_tensors() -> None:
    config = Fast3RConfig(
        EncoderConfig(embed_dim=128, depth=3, num_heads=2, mlp_ratio=2.0),
        DecoderConfig(embed_dim=192, depth=6, num_heads=3, enc_embed_dim=128, qkv_bias=False),
        HeadConfig(layer_dims=(48, 96, 192, 384), feature_dim=32, with_local_head=False),
    )
    with torch.device("meta"):
        shapes = {name: tuple(tensor.shape) for name, tensor in Fast3R(config).state_dict().items()}
    assert deduce_config(shapes) == config


def _missing(folder: Path, state: dict[str, torch.Tensor]) -> None:
    del state["encoder.enc_norm.weight"]


def _unexpected(folder: Path, state: dict[str, torch.Tensor]) -> None:
    state["decoder.extra"] = torch.zeros(2)


def _misshapen(folder: Path, state: dict[str, torch.Tensor]) -> None:
    state["decoder.dec_norm.bias"] = torch.zeros(5)


def _whole_numbers(folder: Path, state: dict[str, torch.Tensor]) -> None:
    state["decoder.dec_norm.bias"] = torch.zeros(16, dtype=torch.int64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_missing, r"1 missing: encoder\.enc_norm\.weight"),
        (_unexpected, r"1 unexpected: decoder\.extra"),
        (_misshapen, r"1 of another shape: decoder\.dec_norm\.bias is \(5,\) instead of \(16,\)"),
        (_whole_numbers, r"decoder\.dec_norm\.bias \(torch\.int64\)"),
    ],
)
def test_misfits_are_named(
    tmp_path: Path, change: Callable[[Path, dict[str, torch.Tensor]], None], message: str
) -> None:
    folder = write_folder(tiny_model(), tmp_path)
    state = published_state(tiny_model())
    change(folder, state)
    save_file(state, folder / "model.safetensors")
    with pytest.raises(WeightsMismatch, match=message):
        Fast3R.from_pretrained(folder)


@pytest.mark.parametrize("kept", [0, 4, 100, 20_000])
def test_truncated_files_are_told(tmp_path: Path, kept: int) -> None:
    folder = write_folder(tiny_model(), tmp_path)
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:kept])
    for load in (Fast3R.from_pretrained, verify_folder):
        with pytest.raises(WeightsDamaged, match="truncated"):
            load(folder)


@pytest.mark.parametrize("kept", [0, 100, 20_000])
def test_truncated_checkpoints_are_told(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "student.pth"
    torch.save(tiny_model().state_dict(), file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(WeightsDamaged, match=r"student\.pth"):
        Fast3R.from_pretrained(file)


class _Bomb:
    """Writes a file when unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("as_plain_pickle", [False, True])
def test_code_in_a_checkpoint_is_not_run(tmp_path: Path, as_plain_pickle: bool) -> None:
    file, target = tmp_path / "student.pth", tmp_path / "executed"
    content = {"model_state_dict": {"encoder.enc_norm.weight": torch.zeros(1)}, "extra": _Bomb(target)}
    if as_plain_pickle:
        file.write_bytes(pickle.dumps(_Bomb(target)))
    else:
        torch.save(content, file)
    with pytest.raises(WeightsDamaged, match="nothing in it was executed"):
        Fast3R.from_pretrained(file)
    assert not target.exists()


@pytest.mark.parametrize("content", [[1, 2], {}, {"model_state_dict": {"a": 3}}])
def test_files_without_tensors_are_told(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "odd.pth")
    with pytest.raises(WeightsDamaged, match=r"odd\.pth"):
        Fast3R.from_pretrained(tmp_path / "odd.pth")


def test_a_state_of_another_model_is_told(tmp_path: Path) -> None:
    torch.save({"conv.weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(WeightsMismatch, match="no Fast3R"):
        Fast3R.from_pretrained(tmp_path / "other.pth")


def test_wrong_places_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsMissing, match="neither"):
        Fast3R.from_pretrained(tmp_path)
    with pytest.raises(WeightsMissing, match="no hub id"):
        Fast3R.from_pretrained("/nowhere/at/all")
    with pytest.raises(WeightsMissing, match="could not be fetched"):
        Fast3R.from_pretrained("nobody/nothing-here", allow_download=False)
    for name in ("a.pth", "b.pth"):
        torch.save({}, tmp_path / name)
    with pytest.raises(WeightsMissing, match="2 checkpoints"):
        Fast3R.from_pretrained(tmp_path)


@pytest.mark.parametrize(
    ("group", "field", "value", "message"),
    [
        ("encoder_args", "encoder_type", "dino_v2", "encoder_type is 'dino_v2'"),
        ("encoder_args", "pos_embed", "cosine", "only RoPE<base>"),
        ("encoder_args", "num_heads", 3, "over 3 heads"),
        ("encoder_args", "depth", 0, "at least 1"),
        ("encoder_args", "patch_embed_cls", "Other", "PatchEmbedDust3R"),
        ("decoder_args", "decoder_type", "llama", "decoder_type is 'llama'"),
        ("decoder_args", "enc_embed_dim", 32, "enc_embed_dim is 32"),
        ("decoder_args", "qkv_bias", 1, "true or false"),
        ("decoder_args", "drop", 1.5, "from 0 to below 1"),
        ("decoder_args", "depth", 1, "at least two blocks"),
        ("decoder_args", "colour", "red", "unknown fields: colour"),
        ("head_args", "head_type", "linear", "head_type is 'linear'"),
        ("head_args", "output_mode", "pts3d+desc24", "output_mode"),
        ("head_args", "depth_mode", ["exp", 0, 10], "only unbounded"),
        ("head_args", "depth_mode", "exp", "must be"),
        ("head_args", "conf_mode", ["sigmoid", 0, float("inf")], "which sigmoid cannot have"),
        ("head_args", "conf_mode", ["softmax", 0, 1], "softmax"),
        ("head_args", "layer_dims", [1, 2, 3], "four levels"),
        ("head_args", "patch_size", 14, "patch_size is 14"),
    ],
)
def test_settings_that_cannot_be_built_are_named(
    tmp_path: Path, group: str, field: str, value: object, message: str
) -> None:
    raw = CONFIG.to_dict()
    raw[group][field] = value
    folder = write_folder(tiny_model(), tmp_path)
    (folder / "config.json").write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(WeightsError, match=message):
        Fast3R.from_pretrained(folder)


@pytest.mark.parametrize("text", ["", "[]", '{"encoder_args": {}}', '{"a": 1', '{"encoder_args": 3}'])
def test_unreadable_configurations_are_told(tmp_path: Path, text: str) -> None:
    folder = write_folder(tiny_model(), tmp_path)
    (folder / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(WeightsError, match=r"config\.json"):
        Fast3R.from_pretrained(folder)


def test_the_recorded_configuration_is_the_default(shared_data: Path) -> None:
    assert Fast3RConfig.from_file(shared_data.parent / "reference" / "fast3r_config.json") == Fast3RConfig()


def test_a_configuration_survives_its_json(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(CONFIG.to_dict()), encoding="utf-8")
    assert Fast3RConfig.from_file(file) == CONFIG
