"""The fusion decoder: self-attention over the tokens of all views, told apart by an image index."""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from models.fast3r.config import DecoderConfig
from models.fast3r.transformer import Attention, Block

#: Rows of the image-index table, and so the greatest number of views.
IMAGE_INDEX_ROWS = 1000
_SHARPENING = math.sqrt(math.log(137) / math.log(20))


def image_index_embedding(rows: Int64[Tensor, "*S"], width: int) -> Float[Tensor, "*S D"]:
    """Sine-cosine code of image indices: [sin(p w_k), cos(p w_k)] with w_k = 10000^(-k / (width / 2))."""
    half = width // 2
    frequency = 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = rows.to("cpu", torch.float64)[..., None] * frequency
    return torch.cat((angle.sin(), angle.cos()), dim=-1).to(torch.float32)


def draw_image_indices(batch: int, views: int, seed: int) -> Int64[Tensor, "B V"]:
    """Row 0 for the first view, distinct random rows for the others, the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.randperm(IMAGE_INDEX_ROWS - 1, generator=generator)[: views - 1] + 1 for _ in range(batch)]
    return torch.cat((torch.zeros(batch, 1, dtype=torch.int64), torch.stack(drawn)), dim=1)


class Decoder(nn.Module):
    """Tokens of all views to the four token sets that the heads read."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embed_dim
        self.decoder_embed = nn.Linear(config.enc_embed_dim, width)
        self.dec_blocks = nn.ModuleList(
            Block(
                width,
                Attention(
                    width,
                    config.num_heads,
                    qkv_bias=config.qkv_bias,
                    dropout=config.drop,
                    attention_dropout=config.attn_drop,
                    inference_sharpening=_SHARPENING if config.attn_bias_for_inference_enabled else 1.0,
                ),
                config.mlp_ratio,
                norm_epsilon=1e-5,
                dropout=config.drop,
            )
            for _ in range(config.depth)
        )
        self.dec_norm = nn.LayerNorm(width, 1e-6)

    def forward(
        self,
        encoded: Sequence[Float[Tensor, "B _ E"]],
        image_indices: Int64[Tensor, "B V"],
        after_block: Callable[[int], None] = lambda block: None,
    ) -> list[list[Float[Tensor, "B _ D"]]]:
        """Fuse the views.

        Args:
            encoded: encoder tokens of each view.
            image_indices: row of the image-index table for each element and view.
            after_block: told the number of blocks done.

        Returns:
            For each view the tokens at the four hooks; the first is the encoder's output.
        """
        lengths = [tokens.shape[1] for tokens in encoded]
        x = self.decoder_embed(torch.cat(list(encoded), dim=1))
        index = image_index_embedding(image_indices, self.config.embed_dim).to(x.device)
        repeats = torch.tensor(lengths, device=x.device)
        x = x + index.repeat_interleave(repeats, dim=1)
        hooks = self.config.hooks
        levels = {0: list(encoded)}
        for number, block in enumerate(self.dec_blocks, start=1):
            x = block(x)
            if number == self.config.depth:
                x = self.dec_norm(x)
            if number in hooks:
                levels[number] = list(torch.split(x, lengths, dim=1))
            after_block(number)
        return [[levels[hook][view] for hook in hooks] for view in range(len(lengths))]
