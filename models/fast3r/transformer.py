"""Transformer blocks of encoder and decoder: attention (with optional rotary positions), MLP, residuals."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

#: At inference the MLP runs over so many tokens at a time, so that its hidden layer stays small.
TOKENS_PER_MLP_CHUNK = 16384

Rotation = tuple[Float[Tensor, "T C"], Float[Tensor, "T C"]]


def rotary_table(rows: int, columns: int, head_dim: int, base: float, like: Tensor) -> Rotation:
    """Cosines and sines (tokens x head_dim) of 2D rotary positions of a row-major grid.

    The first half of a head turns with the row, the second with the column; within a half, channel j is
    paired with j + quarter, at the angular frequency base^(-j / quarter).
    """
    quarter = head_dim // 4
    frequency = base ** (-torch.arange(quarter, device=like.device, dtype=torch.float32) / quarter)
    y = torch.arange(rows, device=like.device, dtype=torch.float32)[:, None] * frequency
    x = torch.arange(columns, device=like.device, dtype=torch.float32)[:, None] * frequency
    by_row = y[:, None].expand(rows, columns, quarter)
    by_column = x[None].expand(rows, columns, quarter)
    angle = torch.cat((by_row, by_row, by_column, by_column), dim=-1).reshape(rows * columns, head_dim)
    return angle.cos(), angle.sin()


def rotate(x: Float[Tensor, "B M T C"], rotation: Rotation) -> Float[Tensor, "B M T C"]:
    """Turn queries or keys by a :func:`rotary_table` (in its precision, also under autocast)."""
    cosine, sine = rotation
    y_low, y_high, x_low, x_high = x.chunk(4, dim=-1)
    turned = torch.cat((-y_high, y_low, -x_high, x_low), dim=-1)
    return (x * cosine + turned * sine).to(x.dtype)


class Attention(nn.Module):
    """Multi-head self-attention by the best kernel that PyTorch has for the device.

    Args:
        width, heads: model width and number of heads.
        qkv_bias: whether queries, keys and values have biases.
        dropout: of projections, in training.
        attention_dropout: of attention weights, in training.
        inference_sharpening: factor on the softmax scale at inference.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        qkv_bias: bool = True,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        inference_sharpening: float = 1.0,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.attention_dropout = attention_dropout
        self.inference_sharpening = inference_sharpening
        self.qkv = nn.Linear(width, 3 * width, bias=qkv_bias)
        self.proj = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Float[Tensor, "B T D"], rotation: Rotation | None = None) -> Float[Tensor, "B T D"]:
        """Attend from every token to every token of the same batch element."""
        batch, tokens, width = x.shape
        head_dim = width // self.heads
        split = self.qkv(x).view(batch, tokens, 3, self.heads, head_dim)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        if rotation is not None:
            query, key = rotate(query, rotation), rotate(key, rotation)
        sharpening = 1.0 if self.training else self.inference_sharpening
        mixed = F.scaled_dot_product_attention(
            query,
            key,
            value,
            dropout_p=self.attention_dropout if self.training else 0.0,
            scale=sharpening * head_dim**-0.5,
        )
        out: Tensor = self.dropout(self.proj(mixed.transpose(1, 2).reshape(batch, tokens, width)))
        return out


class Mlp(nn.Module):
    """Two linear layers with an exact GELU between them."""

    def __init__(self, width: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Float[Tensor, "B T D"]) -> Float[Tensor, "B T D"]:
        """Apply it token by token."""
        if torch.is_grad_enabled() or x.shape[1] <= TOKENS_PER_MLP_CHUNK:
            return self._whole(x)
        return torch.cat([self._whole(part) for part in torch.split(x, TOKENS_PER_MLP_CHUNK, dim=1)], dim=1)

    def _whole(self, x: Tensor) -> Tensor:
        out: Tensor = self.dropout(self.fc2(self.dropout(F.gelu(self.fc1(x)))))
        return out


class Block(nn.Module):
    """Pre-norm transformer block."""

    def __init__(
        self, width: int, attention: Attention, mlp_ratio: float, norm_epsilon: float, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, norm_epsilon)
        self.attn = attention
        self.norm2 = nn.LayerNorm(width, norm_epsilon)
        self.mlp = Mlp(width, int(width * mlp_ratio), dropout)

    def forward(self, x: Float[Tensor, "B T D"], rotation: Rotation | None = None) -> Float[Tensor, "B T D"]:
        """Attention, then MLP, each added to what came in."""
        x = x + self.attn(self.norm1(x), rotation)
        out: Tensor = x + self.mlp(self.norm2(x))
        return out
