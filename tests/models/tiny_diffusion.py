"""A randomly initialised Stable Diffusion inpainting pipeline of a few hundred kilobytes, on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def save_tiny_pipeline(folder: Path, seed: int = 0) -> Path:
    """Write a complete diffusers folder (safetensors) and return it."""
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel

    untyped: Any = diffusers
    torch.manual_seed(seed)
    unet = untyped.UNet2DConditionModel(
        block_out_channels=(8, 16),
        norm_num_groups=4,
        layers_per_block=1,
        sample_size=8,
        in_channels=9,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=4,
    )
    vae = untyped.AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        norm_num_groups=4,
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
    )
    text = CLIPTextModel(
        CLIPTextConfig(
            hidden_size=16,
            intermediate_size=24,
            num_attention_heads=2,
            num_hidden_layers=1,
            vocab_size=_VOCABULARY_SIZE,
            max_position_embeddings=77,
            bos_token_id=_VOCABULARY_SIZE - 2,
            eos_token_id=_VOCABULARY_SIZE - 1,
            pad_token_id=_VOCABULARY_SIZE - 1,
        )
    )
    pipe = untyped.StableDiffusionInpaintPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=_tokenizer(folder / "words"),
        unet=unet,
        scheduler=untyped.DDIMScheduler(
            beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(folder / "pipeline", safe_serialization=True)
    return folder / "pipeline"


_LETTERS = "abcdefghijklmnopqrstuvwxyz,.-"
_VOCABULARY_SIZE = 2 * len(_LETTERS) + 2


def _tokenizer(folder: Path) -> Any:
    from transformers import CLIPTokenizer

    folder.mkdir(parents=True)
    words = [*_LETTERS, *(f"{letter}</w>" for letter in _LETTERS), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
