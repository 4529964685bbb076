"""MiniLM sentence encoder (BERT layers, mean pooling) as one small module without the transformers package.

Architecture: Devlin et al., *BERT*, 2019; Wang et al., *MiniLM*, 2020; pooling after Reimers and Gurevych,
*Sentence-BERT*, 2019.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


@dataclass(frozen=True)
class MiniLmConfig:
    """Sizes of the encoder; the defaults are those of all-MiniLM-L6-v2."""

    vocabulary: int = 30522
    positions: int = 512
    width: int = 384
    layers: int = 6
    heads: int = 12
    hidden_width: int = 1536
    norm_epsilon: float = 1e-12

    def __post_init__(self) -> None:
        if min(self.vocabulary, self.positions, self.width, self.layers, self.heads, self.hidden_width) < 1:
            raise ValueError("every size of a MiniLmConfig must be at least 1")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads {self.heads}")

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a Hugging Face ``config.json`` of a BERT encoder; ``ValueError`` if it is another model."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw.get("model_type") != "bert" or raw.get("hidden_act") != "gelu":
            raise ValueError(
                f"{path} describes a {raw.get('model_type')!r} model; only BERT with GELU is read here"
            )
        return cls(
            vocabulary=raw["vocab_size"],
            positions=raw["max_position_embeddings"],
            width=raw["hidden_size"],
            layers=raw["num_hidden_layers"],
            heads=raw["num_attention_heads"],
            hidden_width=raw["intermediate_size"],
            norm_epsilon=raw["layer_norm_eps"],
        )


class _Layer(nn.Module):
    """Self-attention and feed-forward, each with a residual and a norm after it."""

    def __init__(self, config: MiniLmConfig) -> None:
        super().__init__()
        width, epsilon = config.width, config.norm_epsilon
        self.heads = config.heads
        self.qkv = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, epsilon)
        self.up = nn.Linear(width, config.hidden_width)
        self.down = nn.Linear(config.hidden_width, width)
        self.norm = nn.LayerNorm(width, epsilon)

    def forward(
        self, x: Float[Tensor, "B T D"], mask: Bool[Tensor, "B 1 1 T"] | None
    ) -> Float[Tensor, "B T D"]:
        """One layer; ``mask`` is true where there is a token, ``None`` if there is one everywhere."""
        batch, length, width = x.shape
        split = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = split[0], split[1], split[2]
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = self.attention_norm(x + self.attended(mixed.transpose(1, 2).reshape(batch, length, width)))
        out: Tensor = self.norm(x + self.down(F.gelu(self.up(x))))
        return out


class MiniLm(nn.Module):
    """Token ids in, one unit vector per sentence out."""

    def __init__(self, config: MiniLmConfig) -> None:
        super().__init__()
        self.config = config
        self.words = nn.Embedding(config.vocabulary, config.width)
        self.places = nn.Embedding(config.positions, config.width)
        self.kinds = nn.Embedding(2, config.width)
        self.norm = nn.LayerNorm(config.width, config.norm_epsilon)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))

    def forward(self, ids: Int64[Tensor, "B T"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, "B D"]:
        """Unit vectors of sentences given as token ids; ``mask`` is true where there is a token."""
        x = self.states(ids, None if bool(mask.all()) else mask[:, None, None, :])
        weights = mask[..., None].to(torch.float32)
        mean = (x.float() * weights).sum(1) / weights.sum(1).clamp(min=1)
        return F.normalize(mean, dim=1)

    def states(self, ids: Int64[Tensor, "B T"], mask: Bool[Tensor, "B 1 1 T"] | None) -> Float[Tensor, "B T D"]:
        """What the last layer says of every token."""
        x = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]] + self.kinds.weight[0])
        for layer in self.layers:
            x = layer(x, mask)
        result: Tensor = x
        return result

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Load ``config.json`` and ``model.safetensors`` (Hugging Face names) in float32, for inference."""
        from safetensors.torch import load_file

        config = MiniLmConfig.from_file(folder / "config.json")
        with torch.device("meta"):
            model = cls(config)
        model.load_state_dict(_renamed(load_file(folder / "model.safetensors"), config), assign=True)
        return model.eval().requires_grad_(False)


class MiniLmOfOne(nn.Module):
    """The same for one sentence at a time: no batch, no mask and no shapes to look up, for a lean export."""

    def __init__(self, model: MiniLm) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Int64[Tensor, "T"], places: Int64[Tensor, "T"]) -> Float[Tensor, "D"]:
        """The unit vector of the sentence with these token ids at places 0, 1, 2..."""
        model = self.model
        x = model.norm(model.words(ids) + (model.places.weight + model.kinds.weight[0])[places])
        for layer in model.layers:
            x = self._layer(cast(_Layer, layer), x)
        vector: Tensor = F.normalize(x.mean(0), dim=0)
        return vector

    def _layer(self, layer: _Layer, x: Float[Tensor, "T D"]) -> Float[Tensor, "T D"]:
        width, heads = self.model.config.width, self.model.config.heads
        query, key, value = layer.qkv(x).split(width, dim=1)
        size = width // heads
        query = (query * size**-0.5).view(-1, heads, size).transpose(0, 1)
        weights = (query @ key.view(-1, heads, size).permute(1, 2, 0)).softmax(-1)
        mixed = (weights @ value.view(-1, heads, size).transpose(0, 1)).transpose(0, 1).reshape(-1, width)
        x = layer.attention_norm(x + layer.attended(mixed))
        out: Tensor = layer.norm(x + layer.down(F.gelu(layer.up(x))))
        return out


_LAYER_NAMES = {
    "attended": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm": "output.LayerNorm",
}


def _renamed(published: dict[str, Tensor], config: MiniLmConfig) -> dict[str, Tensor]:
    """Published names to ours; query, key and value become one matrix."""
    names = {
        name.removeprefix("bert."): tensor.float()
        for name, tensor in published.items()
        if tensor.is_floating_point()
    }
    state = {
        "words.weight": names["embeddings.word_embeddings.weight"],
        "places.weight": names["embeddings.position_embeddings.weight"],
        "kinds.weight": names["embeddings.token_type_embeddings.weight"],
        "norm.weight": names["embeddings.LayerNorm.weight"],
        "norm.bias": names["embeddings.LayerNorm.bias"],
    }
    for index in range(config.layers):
        theirs, ours = f"encoder.layer.{index}.", f"layers.{index}."
        for part in ("weight", "bias"):
            inputs = [names[f"{theirs}attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            state[f"{ours}qkv.{part}"] = torch.cat(inputs)
            for name, published_name in _LAYER_NAMES.items():
                state[f"{ours}{name}.{part}"] = names[f"{theirs}{published_name}.{part}"]
    return state
