"""A Fast3R of a few thousand weights, random but lively enough that every part shows in the output."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from models.fast3r import DecoderConfig, EncoderConfig, Fast3R, Fast3RConfig, HeadConfig

CONFIG = Fast3RConfig(
    encoder=EncoderConfig(embed_dim=16, depth=1, num_heads=2, mlp_ratio=2.0, patch_size=16),
    decoder=DecoderConfig(embed_dim=16, depth=4, num_heads=2, mlp_ratio=2.0, enc_embed_dim=16),
    head=HeadConfig(layer_dims=(4, 6, 8, 10), feature_dim=8),
)


def tiny_config(
    encoder: dict[str, Any] | None = None,
    decoder: dict[str, Any] | None = None,
    head: dict[str, Any] | None = None,
) -> Fast3RConfig:
    """:data:`CONFIG` with some fields changed."""
    return Fast3RConfig(
        encoder=replace(CONFIG.encoder, **(encoder or {})),
        decoder=replace(CONFIG.decoder, **(decoder or {})),
        head=replace(CONFIG.head, **(head or {})),
    )


def tiny_model(config: Fast3RConfig = CONFIG, seed: int = 0) -> Fast3R:
    """A model in evaluation mode with seeded weights."""
    torch.manual_seed(seed)
    model = Fast3R(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            norm = name.split(".")[-2].endswith(("norm", "norm1", "norm2"))
            spread = 0.2 if parameter.ndim == 1 else (1.5 / parameter[0].numel()) ** 0.5
            parameter.normal_(1.0 if norm and name.endswith("weight") else 0.0, spread)
            if ".head.4." in name:
                parameter.mul_(0.05)
    return model


def views(count: int, height: int = 32, width: int = 48, batch: int = 1, seed: int = 1) -> list[Tensor]:
    """Random images in [-1, 1]."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.rand(batch, 3, height, width, generator=generator) * 2 - 1 for _ in range(count)]


def published_state(model: Fast3R) -> dict[str, Tensor]:
    """The state as the published file has it: without second names."""
    return {name: tensor.clone() for name, tensor in model.state_dict().items() if ".layer_rn." not in name}


def write_folder(model: Fast3R, folder: Path) -> Path:
    """A folder in the published layout: JSON with bare Infinity, safetensors without the aliases."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(model.config.to_dict(), indent=2), encoding="utf-8")
    save_file(published_state(model), folder / "model.safetensors")
    return folder
