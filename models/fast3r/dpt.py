"""The dense heads: tokens of four depths to a map at image resolution (Ranftl et al., *DPT*, ICCV 2021)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.fast3r.config import Fast3RConfig


def _resized(x: Tensor, height: int, width: int) -> Tensor:
    return F.interpolate(x, size=(height, width), mode="bilinear", align_corners=True)


class ResidualConvUnit(nn.Module):
    """Two convolutions, each after a ReLU, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        """Same shape out."""
        out: Tensor = self.conv2(F.relu(self.conv1(F.relu(x)))) + x
        return out


class FusionBlock(nn.Module):
    """Adds a finer level to what came from the coarser ones, and doubles the resolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.out_conv = nn.Conv2d(channels, channels, 1)
        self.resConfUnit1 = ResidualConvUnit(channels)
        self.resConfUnit2 = ResidualConvUnit(channels)

    def forward(self, coarse: Float[Tensor, "B C H W"], fine: Float[Tensor, "B C H W"] | None) -> Tensor:
        """Fuse; the coarsest level has no finer partner, so its first unit is not used."""
        x = coarse if fine is None else coarse + self.resConfUnit1(fine)
        x = self.resConfUnit2(x)
        # A 1x1 convolution commutes with the interpolation and costs a quarter before it.
        x = self.out_conv(x)
        return _resized(x, 2 * x.shape[2], 2 * x.shape[3])


class Scratch(nn.Module):
    """The fusion path; each level's convolution is registered under both of its published names."""

    def __init__(self, layer_dims: Sequence[int], channels: int) -> None:
        super().__init__()
        self.layer1_rn, self.layer2_rn, self.layer3_rn, self.layer4_rn = (
            nn.Conv2d(dim, channels, 3, padding=1, bias=False) for dim in layer_dims
        )
        self.layer_rn = nn.ModuleList((self.layer1_rn, self.layer2_rn, self.layer3_rn, self.layer4_rn))
        self.refinenet1 = FusionBlock(channels)
        self.refinenet2 = FusionBlock(channels)
        self.refinenet3 = FusionBlock(channels)
        self.refinenet4 = FusionBlock(channels)

    def forward(self, levels: Sequence[Float[Tensor, "B _ _ _"]]) -> Float[Tensor, "B C _ _"]:
        """Fuse four levels, finest first."""
        fine = [conv(level) for conv, level in zip(self.layer_rn, levels, strict=True)]
        x = self.refinenet4(fine[3], None)[:, :, : fine[2].shape[2], : fine[2].shape[3]]
        x = self.refinenet3(x, fine[2])
        x = self.refinenet2(x, fine[1])
        out: Tensor = self.refinenet1(x, fine[0])
        return out


class DptAdapter(nn.Module):
    """Tokens at four hooks to ``out_channels`` per pixel."""

    def __init__(self, token_dims: Sequence[int], config: Fast3RConfig, out_channels: int) -> None:
        super().__init__()
        dims, features, last = config.head.layer_dims, config.head.feature_dim, config.head.feature_dim // 2
        self.scratch = Scratch(dims, features)
        # Positions 1 and 3 hold the resizing and the ReLU, which have no weights.
        self.head = nn.ModuleDict(
            {
                "0": nn.Conv2d(features, last, 3, padding=1),
                "2": nn.Conv2d(last, last, 3, padding=1),
                "4": nn.Conv2d(last, out_channels, 1),
            }
        )
        first = [nn.Conv2d(tokens, dim, 1) for tokens, dim in zip(token_dims, dims, strict=True)]
        self.act_postprocess = nn.ModuleList(
            (
                nn.Sequential(first[0], nn.ConvTranspose2d(dims[0], dims[0], 4, stride=4)),
                nn.Sequential(first[1], nn.ConvTranspose2d(dims[1], dims[1], 2, stride=2)),
                nn.Sequential(first[2]),
                nn.Sequential(first[3], nn.Conv2d(dims[3], dims[3], 3, stride=2, padding=1)),
            )
        )
        self.patch_size = config.encoder.patch_size

    def forward(
        self, tokens: Sequence[Float[Tensor, "B T _"]], height: int, width: int
    ) -> Float[Tensor, "B K H W"]:
        """One map per batch element, at the size of the images."""
        rows, columns = height // self.patch_size, width // self.patch_size
        levels = []
        for process, level in zip(self.act_postprocess, tokens, strict=True):
            grid = level.transpose(1, 2).reshape(level.shape[0], level.shape[2], rows, columns)
            levels.append(process(grid.contiguous(memory_format=torch.channels_last)))
        x = self.head["0"](self.scratch(levels))
        x = F.relu(self.head["2"](_resized(x, height, width)))
        out: Tensor = self.head["4"](x)
        return out


class DptHead(nn.Module):
    """A :class:`DptAdapter` under the name that checkpoints give it."""

    def __init__(self, config: Fast3RConfig) -> None:
        super().__init__()
        token_dims = (config.encoder.embed_dim, *3 * (config.decoder.embed_dim,))
        self.dpt = DptAdapter(token_dims, config, out_channels=3 if config.head.conf_mode is None else 4)

    def forward(
        self, tokens: Sequence[Float[Tensor, "B T _"]], height: int, width: int
    ) -> Float[Tensor, "B K H W"]:
        """Raw channels: three for the point, one for the confidence if there is one."""
        out: Tensor = self.dpt(tokens, height, width)
        return out
