"""Finding and reading the weights of a Fast3R: published folder, student checkpoint, Lightning checkpoint.

A folder holds ``config.json`` and one of ``model.safetensors``, ``*.pth``, ``*.pt``, ``*.ckpt``. A file without
``config.json`` beside it is taken for the published architecture, with sizes as its tensors have them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from models.checkpoints import (
    WeightsError,
    WeightsMismatch,
    WeightsMissing,
    plain_state,
    read_safetensors,
    read_torch,
)
from models.fast3r.config import ConfigError, Fast3RConfig

if TYPE_CHECKING:
    from torch import Tensor

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
TORCH_SUFFIXES = (".pth", ".pt", ".ckpt")
_ALIAS = re.compile(r"(.*\.scratch\.)layer_rn\.([0-3])\.weight")
_T = TypeVar("_T")


def find_files(source: Path) -> tuple[Path, Path | None]:
    """The weights and the configuration (``None`` if there is none) in a folder or beside a file.

    Raises:
        WeightsMissing: the folder has no weights, or several to choose from.
    """
    if source.is_file():
        config = source.parent / CONFIG_FILE
        return source, config if config.is_file() else None
    if not source.is_dir():
        raise WeightsMissing(
            f"There is no folder or file {source}.", "Give a folder with config.json and weights."
        )
    config = source / CONFIG_FILE
    if (source / WEIGHTS_FILE).is_file():
        return source / WEIGHTS_FILE, config if config.is_file() else None
    found = sorted(path for path in source.iterdir() if path.suffix in TORCH_SUFFIXES)
    if len(found) != 1:
        what = (
            f"{len(found)} checkpoints; name one of them"
            if found
            else f"neither {WEIGHTS_FILE} nor a .pth file"
        )
        raise WeightsMissing(
            f"{source} holds {what}.", "A Fast3R folder holds config.json and model.safetensors."
        )
    return found[0], config if config.is_file() else None


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a weights file by published name, aliases filled in.

    Raises:
        WeightsError: see :mod:`models.checkpoints`.
    """
    if path.suffix in TORCH_SUFFIXES:
        return _check_aliases(with_aliases(plain_state(read_torch(path), path)), path)
    return with_aliases(read_safetensors(path))


def read_config(config_file: Path | None, shapes: Mapping[str, tuple[int, ...]], origin: Path) -> Fast3RConfig:
    """The configuration of the file, else one deduced from the tensors' shapes.

    Raises:
        WeightsError: the file cannot be read, or the shapes are not those of a Fast3R.
    """
    try:
        return Fast3RConfig.from_file(config_file) if config_file is not None else deduce_config(shapes)
    except ConfigError as error:
        raise WeightsError(str(error), "Is it the folder of another model?") from error
    except KeyError as error:
        raise WeightsMismatch(f"{origin} has no tensor {error.args[0]}, so it is no Fast3R.") from error


def with_aliases(entries: Mapping[str, _T]) -> dict[str, _T]:
    """Add the second name of the four first head layers where only one of the two is there."""
    full = dict(entries)
    for name, value in entries.items():
        match = _ALIAS.fullmatch(name)
        if match is not None:
            full.setdefault(f"{match[1]}layer{int(match[2]) + 1}_rn.weight", value)
    for name, value in entries.items():
        match = re.fullmatch(r"(.*\.scratch\.)layer([1-4])_rn\.weight", name)
        if match is not None:
            full.setdefault(f"{match[1]}layer_rn.{int(match[2]) - 1}.weight", value)
    return full


def _check_aliases(state: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    for name, tensor in state.items():
        match = _ALIAS.fullmatch(name)
        if match is None:
            continue
        twin = state[f"{match[1]}layer{int(match[2]) + 1}_rn.weight"]
        if twin.shape != tensor.shape or not bool((twin == tensor).all()):
            raise WeightsMismatch(f"{path}: {name} and its second name hold different numbers.")
    return state


def deduce_config(shapes: Mapping[str, tuple[int, ...]]) -> Fast3RConfig:
    """The published configuration with the sizes that these tensors have (64 channels per attention head).

    Raises:
        KeyError: a tensor that tells a size is missing.
        ConfigError: the sizes do not fit together.
    """
    base = Fast3RConfig()
    patch = shapes["encoder.patch_embed.proj.weight"]
    decoder_dim, encoder_dim = shapes["decoder.decoder_embed.weight"]
    encoder = replace(
        base.encoder,
        embed_dim=encoder_dim,
        depth=_count(shapes, r"encoder\.enc_blocks\.(\d+)\."),
        num_heads=max(1, encoder_dim // 64),
        mlp_ratio=shapes["encoder.enc_blocks.0.mlp.fc1.weight"][0] / encoder_dim,
        patch_size=patch[2],
    )
    decoder = replace(
        base.decoder,
        embed_dim=decoder_dim,
        enc_embed_dim=encoder_dim,
        depth=_count(shapes, r"decoder\.dec_blocks\.(\d+)\."),
        num_heads=max(1, decoder_dim // 64),
        mlp_ratio=shapes["decoder.dec_blocks.0.mlp.fc1.weight"][0] / decoder_dim,
        qkv_bias="decoder.dec_blocks.0.attn.qkv.bias" in shapes,
    )
    levels = [shapes[f"downstream_head.dpt.act_postprocess.{level}.0.weight"][0] for level in range(4)]
    head = replace(
        base.head,
        layer_dims=(levels[0], levels[1], levels[2], levels[3]),
        feature_dim=shapes["downstream_head.dpt.scratch.layer1_rn.weight"][0],
        patch_size=patch[2],
        with_local_head=any(name.startswith("downstream_head_local.") for name in shapes),
    )
    return Fast3RConfig(encoder=encoder, decoder=decoder, head=head)


def _count(shapes: Mapping[str, tuple[int, ...]], pattern: str) -> int:
    numbers = [int(match[1]) for match in (re.match(pattern, name) for name in shapes) if match]
    return max(numbers, default=-1) + 1


def folder_from_hub(hub_id: str, revision: str | None, allow_download: bool) -> Path:
    """The folder of a Hugging Face repository (``owner/name``), fetched if it is not in the local cache.

    Raises:
        WeightsMissing: it is neither a folder here nor a repository that can be reached.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    if not re.fullmatch(r"[\w.-]+/[\w.-]+", hub_id):
        raise WeightsMissing(f"There is no folder {hub_id!r}, and it is no hub id.", "A hub id is owner/name.")
    try:
        folder = snapshot_download(
            hub_id,
            revision=revision,
            allow_patterns=[CONFIG_FILE, WEIGHTS_FILE],
            local_files_only=not allow_download,
        )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsMissing(
            f"{hub_id!r} is no folder here and could not be fetched ({reason}).",
            "Check the connection, or put config.json and model.safetensors into a folder and give its path.",
        ) from error
    return Path(folder)
