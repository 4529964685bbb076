"""Same weights, same numbers: against tensors of the reference, and against a second writing in numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models.fast3r import Fast3R
from models.fast3r.transformer import rotary_table, rotate
from tests.models.fast3r.numpy_fast3r import forward, resize, turn
from tests.models.fast3r.tiny import tiny_config, tiny_model, views

NAMES = ("pts3d_in_other_view", "conf", "pts3d_local", "conf_local")


def test_golden_tensors_of_the_reference(shared_data: Path) -> None:
    folder = shared_data / "golden" / "fast3r"
    golden = load_file(folder / "tensors.safetensors")
    model = Fast3R.from_pretrained(folder)
    outputs = model([golden[f"input.{view}"] for view in range(3)], image_indices=golden["image_index_rows"])
    for view, output in enumerate(outputs):
        for name in NAMES:
            assert (getattr(output, name) - golden[f"output.{view}.{name}"]).abs().max() < 1e-4


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="plain"),
        pytest.param({"decoder": {"qkv_bias": False}}, id="no qkv bias"),
        pytest.param({"decoder": {"attn_bias_for_inference_enabled": True}}, id="sharpened"),
        pytest.param(
            {
                "encoder": {"embed_dim": 24, "num_heads": 3, "mlp_ratio": 3.0, "pos_embed": "RoPE50"},
                "decoder": {"enc_embed_dim": 24, "num_heads": 4, "depth": 5},
            },
            id="other widths, heads and depths",
        ),
        pytest.param(
            {
                "head": {
                    "with_local_head": False,
                    "depth_mode": ("square", -np.inf, np.inf),
                    "conf_mode": ("sigmoid", 0.0, 2.0),
                }
            },
            id="square depth, sigmoid confidence, no local head",
        ),
        pytest.param(
            {
                "head": {
                    "depth_mode": ("linear", -np.inf, np.inf),
                    "conf_mode": ("exp", 0.5, 2.0),
                    "landscape_only": True,
                }
            },
            id="linear depth, capped confidence, landscape",
        ),
        pytest.param(
            {"head": {"conf_mode": None, "feature_dim": 6, "layer_dims": (3, 5, 7, 9)}}, id="no confidence"
        ),
        pytest.param({"encoder": {"patch_size": 8}, "head": {"patch_size": 8}}, id="other patches"),
    ],
)
def test_every_setting_does_what_its_description_says(changes: dict[str, Any]) -> None:
    config = tiny_config(**changes)
    model = tiny_model(config).double()
    images = [*views(1, 48, 32), *views(1, 32, 64, seed=2)]
    rows = torch.tensor([[3, 700]])
    with torch.inference_mode():
        ours = model([image.double() for image in images], image_indices=rows)
    state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    expected = forward([i[0].double().numpy() for i in images], rows[0].tolist(), state, config.to_dict())
    for output, maps in zip(ours, expected, strict=True):
        for name in NAMES:
            found, wanted = getattr(output, name), maps.get(name)
            assert (found is None) == (wanted is None)
            if wanted is not None:
                # the image-index table is float32, as published
                np.testing.assert_allclose(found[0].numpy(), wanted, rtol=2e-5, atol=2e-5)


def test_rotary_positions_turn_pairs_of_channels() -> None:
    rows, columns, size = 2, 3, 8
    x = torch.randn(1, 1, rows * columns, size, dtype=torch.float64)
    turned = rotate(x, rotary_table(rows, columns, size, 100.0, x))
    for token in range(rows * columns):
        expected = turn(x[0, 0, token].numpy(), token // columns, token % columns, 100.0)
        np.testing.assert_allclose(turned[0, 0, token].numpy(), expected, atol=1e-6)


def test_rotary_scores_depend_on_the_offset_only() -> None:
    table = rotary_table(4, 4, 16, 100.0, torch.zeros(1))
    query, key = torch.randn(16), torch.randn(16)
    turned_query, turned_key = (rotate(x.expand(1, 1, 16, 16), table)[0, 0] for x in (query, key))
    score = turned_query @ turned_key.T
    assert torch.allclose(score[0, 5], score[5, 10], atol=1e-4)
    assert not torch.allclose(score[0, 5], score[5, 0], atol=1e-4)


def test_the_yardstick_resizes_linearly() -> None:
    ramp = np.arange(3.0)[None, :, None] + 10 * np.arange(4.0)[None, None, :]
    grown = resize(ramp, 5, 7)
    np.testing.assert_allclose(grown[0, :, 0], [0, 0.5, 1, 1.5, 2])
    np.testing.assert_allclose(grown[0, 0], [0, 5, 10, 15, 20, 25, 30])
