"""Depth models of toy size with random weights, saved as transformers saves them."""

import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    BeitConfig,
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    DepthProConfig,
    DepthProForDepthEstimation,
    Dinov2Config,
    DPTImageProcessorPil,
    PreTrainedModel,
    ZoeDepthConfig,
    ZoeDepthForDepthEstimation,
    ZoeDepthImageProcessorPil,
)

KINDS = {
    "depth anything": "inverse",
    "depth anything metric": "metric",
    "zoedepth": "metric",
    "depth pro": "metric",
}


class _DepthProSettings:
    """What its published ``preprocessor_config.json`` says, but for the size (the class needs torchvision)."""

    def save_pretrained(self, folder: Path) -> None:
        settings = {
            "image_processor_type": "DepthProImageProcessorFast",
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
            "do_resize": True,
            "size": {"height": 128, "width": 128},
        }
        (folder / "preprocessor_config.json").write_text(json.dumps(settings), encoding="utf-8")


def save_tiny(kind: str, folder: Path, seed: int = 0) -> Path:
    """Write a model of one of :data:`KINDS` into a folder."""
    torch.manual_seed(seed)
    processor: Any
    model, processor = {"zoedepth": _zoe, "depth pro": _pro}.get(kind, lambda: _anything("metric" in kind))()
    with torch.no_grad():  # fresh weights give a flat map
        for value in model.parameters():
            value.add_(0.2 * torch.randn_like(value))
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    _published_names(folder)
    return folder


def _anything(metric: bool) -> tuple[PreTrainedModel, DPTImageProcessorPil]:
    config = DepthAnythingConfig(
        backbone_config=_dino(),
        patch_size=14,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[4, 8, 8, 8],
        fusion_hidden_size=8,
        head_hidden_size=4,
        depth_estimation_type="metric" if metric else "relative",
        max_depth=20 if metric else 1,
    )
    size = {"height": 70, "width": 70}
    processor = DPTImageProcessorPil(size=size, keep_aspect_ratio=True, ensure_multiple_of=14)
    return DepthAnythingForDepthEstimation(config), processor


def _dino(**more: Any) -> Dinov2Config:
    settings: dict[str, Any] = {
        "hidden_size": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "image_size": 70,
        "patch_size": 14,
        "out_indices": [1, 2, 3, 4],
        "apply_layernorm": True,
        "reshape_hidden_states": False,
    }
    return Dinov2Config(**(settings | more))


def _zoe() -> tuple[PreTrainedModel, ZoeDepthImageProcessorPil]:
    backbone = BeitConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=64,
        patch_size=16,
        use_relative_position_bias=True,
        reshape_hidden_states=False,
        out_features=["stage1", "stage2", "stage3", "stage4"],  # type: ignore[call-arg] # kept as _out_features
    )
    config = ZoeDepthConfig(
        backbone_config=backbone,
        neck_hidden_sizes=[4, 8, 8, 8],
        fusion_hidden_size=8,
        num_relative_features=4,
        bottleneck_features=8,
        num_attractors=[4, 4, 2, 1],
        bin_embedding_dim=8,
        bin_configurations=[{"n_bins": 8, "min_depth": 0.001, "max_depth": 10.0}],
    )
    return ZoeDepthForDepthEstimation(config), ZoeDepthImageProcessorPil(
        size={"height": 64, "width": 64}, ensure_multiple_of=32
    )


def _pro() -> tuple[PreTrainedModel, _DepthProSettings]:
    small = _dino(image_size=32, patch_size=8, out_indices=None)
    config = DepthProConfig(
        patch_size=32,
        fusion_hidden_size=8,
        intermediate_hook_ids=[3, 1],
        intermediate_feature_dims=[8, 8],
        scaled_images_ratios=[0.25, 0.5, 1.0],
        scaled_images_overlap_ratios=[0.0, 0.5, 0.25],
        scaled_images_feature_dims=[16, 16, 8],
        merge_padding_value=1,
        image_model_config=small,
        patch_model_config=small,
        fov_model_config=small,
        use_fov_model=True,
        num_fov_head_layers=1,
    )
    return DepthProForDepthEstimation(config), _DepthProSettings()


def _published_names(folder: Path) -> None:
    """The preparation by the name that published folders call it."""
    file = folder / "preprocessor_config.json"
    settings = json.loads(file.read_text(encoding="utf-8"))
    settings["image_processor_type"] = settings["image_processor_type"].removesuffix("Pil")
    file.write_text(json.dumps(settings), encoding="utf-8")
