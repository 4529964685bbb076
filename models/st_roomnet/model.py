"""ST-RoomNet: ConvNeXt-Tiny finds the homography that warps a reference room onto the photo."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.checkpoints import WeightsMissing, load_strictly, plain_state, read_safetensors, read_torch
from models.st_roomnet.convnext import ConvNeXt
from models.st_roomnet.keras_file import read_keras

#: Input and output are squares of this side.
SIDE_PX: Final = 400
#: Classes of a layout map.
LABELS: Final = {1: "front wall", 2: "left wall", 3: "right wall", 4: "floor", 5: "ceiling"}
#: ImageNet statistics on 0-255.
_MEAN: Final = (123.675, 116.28, 103.53)
_DEVIATION: Final = (58.395, 57.12, 57.375)


@dataclass(frozen=True)
class STRoomNetConfig:
    """Sizes of the ConvNeXt; the defaults are ConvNeXt-Tiny, as published."""

    depths: tuple[int, int, int, int] = (3, 3, 9, 3)
    widths: tuple[int, int, int, int] = (96, 192, 384, 768)

    def __post_init__(self) -> None:
        if len(self.depths) != 4 or len(self.widths) != 4 or min(*self.depths, *self.widths) < 1:
            raise ValueError("depths and widths must be four whole numbers of at least 1")


@dataclass(frozen=True)
class LayoutMap:
    """What ST-RoomNet says about images.

    Attributes:
        theta: homography from the image to the reference room, row-major without its last entry 1; both are
            on [-1, 1] x [-1, 1], x right, y down.
        values: the reference's class values sampled between pixels (differentiable).
        layout: ``values`` rounded: a key of :data:`LABELS` for every pixel.
    """

    theta: Float[Tensor, "B 8"]
    values: Float[Tensor, "B H W"]
    layout: Int64[Tensor, "B H W"]


def reference_room() -> Float32[Tensor, "400 400"]:
    """Class values of the reference room: a square front wall, and four trapezoids around it."""
    y, x = torch.meshgrid(torch.arange(SIDE_PX), torch.arange(SIDE_PX), indexing="ij")
    room = torch.zeros(SIDE_PX, SIDE_PX)
    room[(x < y) & (x + y < SIDE_PX)] = 2
    room[(x > y) & (x + y > SIDE_PX)] = 3
    room[(y >= x) & (x + y >= SIDE_PX)] = 4
    room[(y <= x) & (x + y <= SIDE_PX)] = 5
    room[151:250, 151:250] = 1
    return room


def warp_reference(theta: Float[Tensor, "B 8"], reference: Float[Tensor, "H W"]) -> Float[Tensor, "B H W"]:
    """Sample the reference where each pixel's homography points to, clipped to its border."""
    batch, (height, width) = len(theta), reference.shape
    y = torch.linspace(-1, 1, height, device=theta.device, dtype=theta.dtype)
    x = torch.linspace(-1, 1, width, device=theta.device, dtype=theta.dtype)
    grid_y, grid_x = torch.meshgrid(y, x, indexing="ij")
    pixels = torch.stack((grid_x, grid_y, torch.ones_like(grid_x))).reshape(3, -1)
    homography = torch.cat((theta, torch.ones_like(theta[:, :1])), dim=1).reshape(batch, 3, 3)
    warped = homography @ pixels
    # A pixel on the vanishing line points nowhere; 0/0 is put into the middle, other infinities are clipped.
    place = (warped[:, :2] / warped[:, 2:]).nan_to_num(0.0).clamp(-1, 1)
    grid = place.reshape(batch, 2, height, width).permute(0, 2, 3, 1)
    image = reference.to(theta).expand(batch, 1, height, width)
    return F.grid_sample(image, grid, mode="bilinear", padding_mode="border", align_corners=True)[:, 0]


class STRoomNet(nn.Module):
    """Room layout of photos as class maps."""

    def __init__(self, config: STRoomNetConfig | None = None) -> None:
        super().__init__()
        self.config = config or STRoomNetConfig()
        self.backbone = ConvNeXt(self.config.depths, self.config.widths)
        self.theta = nn.Linear(self.config.widths[-1], 8)
        self._start()

    def _start(self) -> None:
        """Initial weights: the identity homography whatever the image."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.zeros_(self.theta.weight)
        identity = torch.tensor([1.0, 0, 0, 0, 1, 0, 0, 0], device=self.theta.bias.device)
        with torch.no_grad():
            self.theta.bias.copy_(identity)

    @classmethod
    def from_keras(cls, file: str | Path) -> Self:
        """Load the published Keras ``.h5`` (weights only or whole model) for inference.

        Raises:
            WeightsError: the file is missing, damaged, or of another model.
        """
        return cls._loaded(read_keras(Path(file)), Path(file))

    @classmethod
    def from_pretrained(cls, file: str | Path) -> Self:
        """Load ``.h5``/``.hdf5`` (Keras), ``.safetensors``, or a ``.pt``/``.pth`` of the training loop.

        Raises:
            WeightsError: the file is missing, damaged, or of another model.
        """
        path = Path(file)
        if path.suffix in (".h5", ".hdf5"):
            return cls.from_keras(path)
        if path.suffix == ".safetensors":
            return cls._loaded(read_safetensors(path), path)
        if path.suffix in (".pt", ".pth"):
            return cls._loaded(plain_state(read_torch(path), path), path)
        raise WeightsMissing(f"{path} is no weights file.", "ST-RoomNet reads .h5, .safetensors, .pt and .pth.")

    @classmethod
    def _loaded(cls, state: dict[str, Tensor], path: Path) -> Self:
        with torch.device("meta"):
            model = cls()
        load_strictly(model, state, path)
        return model.eval().requires_grad_(False)

    def save(self, file: str | Path) -> None:
        """Write the weights as safetensors."""
        from safetensors.torch import save_file

        state = {name: tensor.detach().contiguous().cpu() for name, tensor in self.state_dict().items()}
        save_file(state, Path(file), metadata={"model": "st_roomnet"})

    def forward(self, images: Float[Tensor, "B 3 400 400"]) -> LayoutMap:
        """Layout of square RGB images with values 0 to 255.

        Raises:
            ValueError: the images have another size or type.
        """
        if (
            images.ndim != 4
            or tuple(images.shape[1:]) != (3, SIDE_PX, SIDE_PX)
            or not images.is_floating_point()
        ):
            raise ValueError(
                f"images are {images.dtype} {tuple(images.shape)}; "
                f"expected floats (B, 3, {SIDE_PX}, {SIDE_PX}) from 0 to 255"
            )
        mean = images.new_tensor(_MEAN)[:, None, None]
        deviation = images.new_tensor(_DEVIATION)[:, None, None]
        theta = self.theta(self.backbone((images - mean) / deviation)).float()
        values = warp_reference(theta, reference_room())
        return LayoutMap(theta, values, values.detach().round().to(torch.int64))
