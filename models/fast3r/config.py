"""What a Fast3R checkpoint says about itself: three validated groups of settings and their JSON form."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar

ATTENTION_IMPLEMENTATIONS = ("flash_attention", "pytorch_auto", "pytorch_naive")
PATCH_EMBEDDINGS = ("PatchEmbedDust3R", "ManyAR_PatchEmbed")
DEPTH_MODES = ("exp", "linear", "square")
CONFIDENCE_MODES = ("exp", "sigmoid")
FREEZE_CHOICES = ("none", "encoder")
#: (name, least value, greatest value)
Mode = tuple[str, float, float]


class ConfigError(ValueError):
    """A configuration that this implementation cannot build; the message says which field and why."""


def _require_choice(where: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{where} is {value!r}; this implementation knows {', '.join(choices)}")


def _require_sizes(where: str, **sizes: object) -> None:
    for name, value in sizes.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ConfigError(f"{where}.{name} is {value!r}; it must be a whole number of at least 1")


def _require_numbers(where: str, low: float, high: float, **numbers: object) -> None:
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value < high:
            raise ConfigError(
                f"{where}.{name} is {value!r}; it must be a number from {low:g} to below {high:g}"
            )


def _require_flags(where: str, **flags: object) -> None:
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise ConfigError(f"{where}.{name} is {value!r}; it must be true or false")


def _require_heads(where: str, width: int, heads: int, multiple: int) -> None:
    if width % heads or (width // heads) % multiple:
        raise ConfigError(
            f"{where}: embed_dim {width} over {heads} heads must give a whole multiple of {multiple} per head"
        )


@dataclass(frozen=True)
class EncoderConfig:
    """The CroCo ViT encoder of single views; defaults are those of the published model.

    Attributes:
        embed_dim, depth, num_heads, mlp_ratio: width, blocks, heads, and hidden width over width.
        patch_size: side of a patch, pixels.
        img_size: side that it was trained with; no weight depends on it.
        pos_embed: ``RoPE`` followed by the base of its frequencies.
        patch_embed_cls: ``ManyAR_PatchEmbed`` takes landscape views only.
        attn_implementation: kept as published; the fastest exact kernel is used whatever it says.
    """

    embed_dim: int = 1024
    depth: int = 24
    num_heads: int = 16
    mlp_ratio: float = 4.0
    patch_size: int = 16
    img_size: int | tuple[int, int] = 512
    pos_embed: str = "RoPE100"
    patch_embed_cls: str = "PatchEmbedDust3R"
    encoder_type: str = "croco"
    attn_implementation: str = "flash_attention"

    def __post_init__(self) -> None:
        where = "encoder_args"
        _require_choice(f"{where}.encoder_type", self.encoder_type, ("croco",))
        _require_choice(f"{where}.patch_embed_cls", self.patch_embed_cls, PATCH_EMBEDDINGS)
        _require_choice(f"{where}.attn_implementation", self.attn_implementation, ATTENTION_IMPLEMENTATIONS)
        _require_sizes(
            where,
            embed_dim=self.embed_dim,
            depth=self.depth,
            num_heads=self.num_heads,
            patch_size=self.patch_size,
        )
        _require_numbers(where, 1e-6, math.inf, mlp_ratio=self.mlp_ratio)
        _require_heads(where, self.embed_dim, self.num_heads, 4)
        if self.rope_base <= 1:
            raise ConfigError(f"{where}.pos_embed {self.pos_embed!r}: the base must be above 1")

    @property
    def rope_base(self) -> float:
        """Base of the rotary frequencies."""
        match = re.fullmatch(r"RoPE(\d+(?:\.\d+)?)", str(self.pos_embed))
        if match is None:
            raise ConfigError(f"encoder_args.pos_embed is {self.pos_embed!r}; only RoPE<base>, such as RoPE100")
        return float(match.group(1))


@dataclass(frozen=True)
class DecoderConfig:
    """The fusion decoder over the tokens of all views; defaults are those of the published model.

    Attributes:
        enc_embed_dim: width of the encoder that feeds it.
        embed_dim, depth, num_heads, mlp_ratio, qkv_bias: of its blocks.
        drop, attn_drop: dropout of projections and of attention, in training only.
        random_image_idx_embedding: whether views after the first get random rows of the image-index table.
        attn_bias_for_inference_enabled: sharpen attention at inference by sqrt(ln 137 / ln 20).
    """

    embed_dim: int = 1024
    depth: int = 24
    num_heads: int = 16
    mlp_ratio: float = 4.0
    enc_embed_dim: int = 1024
    qkv_bias: bool = True
    drop: float = 0.0
    attn_drop: float = 0.0
    random_image_idx_embedding: bool = True
    attn_bias_for_inference_enabled: bool = False
    decoder_type: str = "fast3r"
    attn_implementation: str = "flash_attention"

    def __post_init__(self) -> None:
        where = "decoder_args"
        _require_choice(f"{where}.decoder_type", self.decoder_type, ("fast3r",))
        _require_choice(f"{where}.attn_implementation", self.attn_implementation, ATTENTION_IMPLEMENTATIONS)
        _require_sizes(
            where,
            embed_dim=self.embed_dim,
            depth=self.depth,
            num_heads=self.num_heads,
            enc_embed_dim=self.enc_embed_dim,
        )
        _require_numbers(where, 1e-6, math.inf, mlp_ratio=self.mlp_ratio)
        _require_numbers(where, 0.0, 1.0, drop=self.drop, attn_drop=self.attn_drop)
        _require_flags(
            where,
            qkv_bias=self.qkv_bias,
            random_image_idx_embedding=self.random_image_idx_embedding,
            attn_bias_for_inference_enabled=self.attn_bias_for_inference_enabled,
        )
        _require_heads(where, self.embed_dim, self.num_heads, 1)
        if self.depth < 2:
            raise ConfigError(f"{where}.depth is {self.depth}; the heads read at least two blocks")
        if self.embed_dim % 2:
            raise ConfigError(f"{where}.embed_dim is {self.embed_dim}; the image-index table needs an even one")

    @property
    def hooks(self) -> tuple[int, int, int, int]:
        """Which of [encoder output, block 1, ..., last block] the heads read: start, half, 3/4, end."""
        return 0, self.depth * 2 // 4, self.depth * 3 // 4, self.depth


@dataclass(frozen=True)
class HeadConfig:
    """The DPT heads; defaults are those of the published model.

    Attributes:
        layer_dims: channels of the four pyramid levels (the student halves them).
        feature_dim: channels of the fusion blocks; the last layers have half of them.
        depth_mode: how the head's three channels become a point: (mode, -inf, inf).
        conf_mode: how the fourth becomes a confidence: (mode, least, greatest); ``None`` for no confidence.
        landscape_only: maps of portrait views come out transposed, as the trainer of that setting expects.
        with_local_head: whether there is a second head for points in each view's own camera frame.
    """

    layer_dims: tuple[int, int, int, int] = (96, 192, 384, 768)
    feature_dim: int = 256
    patch_size: int = 16
    depth_mode: Mode = ("exp", -math.inf, math.inf)
    conf_mode: Mode | None = ("exp", 1.0, math.inf)
    landscape_only: bool = False
    with_local_head: bool = True
    head_type: str = "dpt"
    output_mode: str = "pts3d"

    def __post_init__(self) -> None:
        where = "head_args"
        _require_choice(f"{where}.head_type", self.head_type, ("dpt",))
        _require_choice(f"{where}.output_mode", self.output_mode, ("pts3d",))
        _require_sizes(where, feature_dim=self.feature_dim, patch_size=self.patch_size)
        _require_flags(where, landscape_only=self.landscape_only, with_local_head=self.with_local_head)
        if len(self.layer_dims) != 4:
            raise ConfigError(f"{where}.layer_dims has {len(self.layer_dims)} entries; DPT has four levels")
        for size in self.layer_dims:
            _require_sizes(where, layer_dims=size)
        if self.feature_dim < 2:
            raise ConfigError(f"{where}.feature_dim must be at least 2")
        self._check_modes()

    def _check_modes(self) -> None:
        name, low, high = _mode("depth_mode", self.depth_mode)
        _require_choice("head_args.depth_mode", name, DEPTH_MODES)
        if (low, high) != (-math.inf, math.inf):
            raise ConfigError(f"head_args.depth_mode has bounds {low}, {high}; only unbounded depth is known")
        if self.conf_mode is None:
            return
        name, low, high = _mode("conf_mode", self.conf_mode)
        _require_choice("head_args.conf_mode", name, CONFIDENCE_MODES)
        if not (math.isfinite(low) and low < high) or (name == "sigmoid" and not math.isfinite(high)):
            raise ConfigError(f"head_args.conf_mode has bounds {low}, {high}, which {name} cannot have")


@dataclass(frozen=True)
class Fast3RConfig:
    """A whole Fast3R; ``Fast3RConfig()`` is the published ``Fast3R_ViT_Large_512``.

    Attributes:
        freeze: ``encoder`` if the encoder's weights are not to be trained.
    """

    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    freeze: str = "none"

    def __post_init__(self) -> None:
        _require_choice("freeze", self.freeze, FREEZE_CHOICES)
        if self.decoder.enc_embed_dim != self.encoder.embed_dim:
            raise ConfigError(
                f"decoder_args.enc_embed_dim is {self.decoder.enc_embed_dim}, "
                f"but encoder_args.embed_dim is {self.encoder.embed_dim}"
            )
        if self.head.patch_size != self.encoder.patch_size:
            raise ConfigError(
                f"head_args.patch_size is {self.head.patch_size}, "
                f"but encoder_args.patch_size is {self.encoder.patch_size}"
            )

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Read the published form (``encoder_args``, ``decoder_args``, ``head_args``, optional ``freeze``).

        Raises:
            ConfigError: a group is missing, or a field is unknown or has a value that cannot be built.
        """
        missing = [name for name in ("encoder_args", "decoder_args", "head_args") if name not in raw]
        if missing:
            raise ConfigError(f"not a Fast3R configuration: {', '.join(missing)} is missing")
        unknown = sorted(set(raw) - {"encoder_args", "decoder_args", "head_args", "freeze"})
        if unknown:
            raise ConfigError(f"unknown fields: {', '.join(unknown)}")
        return cls(
            encoder=_group(EncoderConfig, "encoder_args", raw["encoder_args"]),
            decoder=_group(DecoderConfig, "decoder_args", raw["decoder_args"]),
            head=_group(HeadConfig, "head_args", raw["head_args"]),
            freeze=raw.get("freeze", "none"),
        )

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a ``config.json``, bare ``Infinity`` literals included; ``ConfigError`` if it does not fit."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path} cannot be read as JSON: {error}") from error
        if not isinstance(raw, dict):
            raise ConfigError(f"{path} holds no JSON object")
        try:
            return cls.from_dict(raw)
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """The published form, with every field spelt out."""
        return {
            "encoder_args": asdict(self.encoder),
            "decoder_args": asdict(self.decoder),
            "head_args": asdict(self.head),
            "freeze": self.freeze,
        }


_Group = TypeVar("_Group", EncoderConfig, DecoderConfig, HeadConfig)


def _group(kind: type[_Group], where: str, raw: object) -> _Group:
    if not isinstance(raw, dict):
        raise ConfigError(f"{where} is no JSON object")
    unknown = sorted(set(raw) - {entry.name for entry in fields(kind)})
    if unknown:
        raise ConfigError(f"{where} has unknown fields: {', '.join(unknown)}")
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in raw.items()}
    return kind(**values)


def _mode(name: str, value: object) -> Mode:
    if not isinstance(value, tuple) or len(value) != 3:
        raise ConfigError(f"head_args.{name} is {value!r}; it must be [mode, least, greatest]")
    mode, low, high = value
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        raise ConfigError(f"head_args.{name} has bounds {low!r}, {high!r}; they must be numbers")
    return str(mode), float(low), float(high)
