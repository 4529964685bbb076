"""The encoder of single views: a ViT with rotary positions (Weinzaepfel et al., *CroCo v2*, ICCV 2023)."""

from jaxtyping import Float
from torch import Tensor, nn

from models.fast3r.config import EncoderConfig
from models.fast3r.transformer import Attention, Block, rotary_table


class PatchEmbedding(nn.Module):
    """One token per patch, row by row."""

    def __init__(self, patch_size: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, kernel_size=patch_size, stride=patch_size)

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B T D"]:
        """Cut images into patches; H and W are multiples of the patch size."""
        out: Tensor = self.proj(images).flatten(2).transpose(1, 2)
        return out


class Encoder(nn.Module):
    """Images in [-1, 1] of one size to tokens of one width."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embed_dim
        self.patch_embed = PatchEmbedding(config.patch_size, width)
        self.enc_blocks = nn.ModuleList(
            Block(width, Attention(width, config.num_heads), config.mlp_ratio, norm_epsilon=1e-6)
            for _ in range(config.depth)
        )
        self.enc_norm = nn.LayerNorm(width, 1e-6)

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B T D"]:
        """Normalised tokens, row-major over patches."""
        config = self.config
        rows, columns = (side // config.patch_size for side in images.shape[-2:])
        x = self.patch_embed(images)
        rotation = rotary_table(rows, columns, config.embed_dim // config.num_heads, config.rope_base, images)
        for block in self.enc_blocks:
            x = block(x, rotation)
        out: Tensor = self.enc_norm(x)
        return out
