"""The eye: floor, walls and things, depth over the camera's height, normals and lens of one photo.

A U-Net (Ronneberger et al. 2015) of residual blocks. The encoder sees the photo alone, so that the lens head
can tell focal length and horizon of a photo about which nothing is known; the decoder gets the ray of every
pixel and how far it points down, which ties depth to the lens. Depth and lens come with the scale of a Laplace
distribution (Kendall and Gal 2017).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.checkpoints import load_strictly, read_safetensors
from models.eye.config import SIDES, EyeConfig

WEIGHTS: Final = Path(__file__).with_name("eye.safetensors")
_STRIDE = 32
_RAYS = 3
#: channels of what was measured: log depth, its confidence, log depth of the empty room, whether it is known
MEASURED: Final = 4
_GUIDE = _RAYS + MEASURED
#: logits of sides, log depth and its scale, normal, boundary of things
_OUT = (len(SIDES), 1, 1, 3, 1)
#: log scales are kept in this range, so that one pixel cannot rule the loss
_LOG_SCALE = (-4.0, 2.0)
#: focal length over the picture's diagonal at which the lens head starts: 22 mm on film
_LOG_FOCAL = -0.68
#: confidence below which a coarser pixel has as good as no measured depth
_LEAST_SURE = 1e-3


@dataclass(frozen=True)
class Lens:
    """What the picture says about its lens; scales are those of a Laplace distribution.

    Attributes:
        log_focal: log of focal length over the picture's diagonal.
        horizon: row of the horizon at the middle column below the middle, over the diagonal.
        slope: rows per column of the horizon.
        log_scale: of the three.
    """

    log_focal: Float[Tensor, " B"]
    horizon: Float[Tensor, " B"]
    slope: Float[Tensor, " B"]
    log_scale: Float[Tensor, "B 3"]


@dataclass(frozen=True)
class Seen:
    """What the eye says about pictures.

    Attributes:
        sides: logits of :data:`SIDES`.
        log_depth: log of z-depth over the camera's height above the floor.
        log_scale: log of the Laplace scale of ``log_depth``.
        normal: unit normals in camera axes, towards the camera.
        boundary: logit of a thing's outline.
        lens: focal length and horizon by the picture alone.
    """

    sides: Float[Tensor, "B 6 H W"]
    log_depth: Float[Tensor, "B H W"]
    log_scale: Float[Tensor, "B H W"]
    normal: Float[Tensor, "B 3 H W"]
    boundary: Float[Tensor, "B H W"]
    lens: Lens


class _Block(nn.Module):
    """Two 3 x 3 convolutions past a shortcut, the second one scaled from nothing (De and Smith 2020)."""

    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.first_norm = nn.GroupNorm(groups, width)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.scale = nn.Parameter(torch.zeros(1))

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        y = F.relu(self.first_norm(self.first(x)))
        return F.relu(x + self.scale.to(y.dtype) * self.second(y))


class _Step(nn.Module):
    """A convolution, normalised."""

    def __init__(self, into: int, out: int, groups: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(into, out, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.GroupNorm(groups, out)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        return F.relu(self.norm(self.conv(x)))


class Eye(nn.Module):
    """The network; see the module's text."""

    def __init__(self, config: EyeConfig | None = None) -> None:
        super().__init__()
        self.config = config or EyeConfig()
        c, g = self.config, self.config.groups
        down, level = [], []
        before = 3
        for width, depth in zip(c.widths, c.depths, strict=True):
            down.append(_Step(before, width, g, stride=2))
            level.append(nn.Sequential(*(_Block(width, g) for _ in range(depth))))
            before = width
        self.down, self.level = nn.ModuleList(down), nn.ModuleList(level)
        pooled = c.widths[-1] + c.widths[-2]
        told = nn.Linear(c.lens, 6)
        self.lens = nn.Sequential(nn.Linear(2 * pooled, c.lens), nn.ReLU(), told)
        self.whole = nn.Linear(c.widths[-1], c.widths[-1])
        up, refine = [], []
        for width, skip in zip(c.decoder, c.widths[-2::-1], strict=True):
            up.append(_Step(before + skip + _GUIDE, width, g))
            refine.append(_Block(width, g))
            before = width
        self.up, self.refine = nn.ModuleList(up), nn.ModuleList(refine)
        self.grow = nn.Conv2d(before, 4 * c.full, 1)
        self.last = _Step(c.full + 3 + _GUIDE, 2 * c.full, g)
        self.out = nn.Conv2d(2 * c.full, sum(_OUT), 1)
        self._start(told)

    def _start(self, told: nn.Linear) -> None:
        """Initial weights; normals start towards the camera, the lens at what is usual."""
        if told.weight.is_meta:  # weights come from a file
            return
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.normal_(self.out.weight, std=0.02)
        nn.init.zeros_(told.weight)
        with torch.no_grad():
            told.bias.copy_(torch.tensor([_LOG_FOCAL, 0.0, 0.0, -1.5, -1.5, -2.0]))
            if self.out.bias is not None:
                self.out.bias[-2] = -0.3

    @classmethod
    def from_pretrained(cls, file: str | Path = WEIGHTS, config: EyeConfig | None = None) -> Self:
        """The eye with stored weights, ready to look.

        Raises:
            WeightsError: the file is missing, damaged, or of other sizes.
        """
        with torch.device("meta"):
            eye = cls(config)
        load_strictly(eye, widened(read_safetensors(Path(file)), eye), file)
        return eye.eval()

    def forward(
        self,
        rgb: Float[Tensor, "B 3 H W"],
        rays: Float[Tensor, "B 2 H W"] | None = None,
        down: Float[Tensor, "B 3"] | None = None,
        measured: Float[Tensor, "B 4 H W"] | None = None,
    ) -> Seen:
        """Look at photos of one size.

        Args:
            rgb: in [-1, 1], any size of at least 32 x 32.
            rays: x/z and y/z of every pixel in camera axes; by the lens head's focal length if None.
            down: unit vector of gravity in camera axes; by the lens head's horizon if None.
            measured: what other photos told: log of depth over the camera's height, its confidence in [0, 1],
                the same log depth of the empty room and 1 where that is known; nothing if None.

        Raises:
            ValueError: the shapes do not fit each other.
        """
        height, width = _checked(rgb, rays, measured)
        padded = _pad(rgb)
        skips, deep = self._encode(padded)
        lens = self._lens(skips[-1], deep)
        if rays is None:
            rays = _rays_by(lens, height, width)
        if down is None:
            down = _down_by(lens, rays)
        if measured is None:
            measured = rays.new_zeros(len(rays), MEASURED, height, width)
        guide = _pad(torch.cat([rays, _downward(rays, down)[:, None], measured], dim=1))
        full = self._decode(deep, skips, guide, padded)[..., :height, :width].float()
        return _seen(full, lens)

    def lens_of(self, rgb: Float[Tensor, "B 3 H W"]) -> Lens:
        """Focal length and horizon alone, of photos in [-1, 1].

        Raises:
            ValueError: no photos, or too small ones.
        """
        _checked(rgb, None)
        skips, deep = self._encode(_pad(rgb))
        return self._lens(skips[-1], deep)

    def _encode(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        skips = []
        for down, level in zip(self.down, self.level, strict=True):
            x = level(down(x))
            skips.append(x)
        deep = skips.pop()
        return skips, deep + self.whole(deep.mean(dim=(2, 3)))[:, :, None, None]

    def _lens(self, fine: Tensor, deep: Tensor) -> Lens:
        """Means, and means weighted by the row, of the two deepest levels."""
        parts = []
        for x in (fine, deep):
            rows = torch.linspace(-1, 1, x.shape[2], device=x.device)[None, None, :, None]
            parts += [x.float().mean(dim=(2, 3)), (x.float() * rows).mean(dim=(2, 3))]
        value = self.lens(torch.cat(parts, dim=1)).float()
        return Lens(value[:, 0], value[:, 1], value[:, 2], value[:, 3:].clamp(*_LOG_SCALE))

    def _decode(self, x: Tensor, skips: Sequence[Tensor], guide: Tensor, rgb: Tensor) -> Tensor:
        for up, refine, skip in zip(self.up, self.refine, reversed(skips), strict=True):
            size = (int(skip.shape[2]), int(skip.shape[3]))
            x = F.interpolate(x, size=size, mode="nearest")
            lean = _shrunk(guide, size).to(x.dtype)
            x = refine(up(torch.cat([x, skip, lean], dim=1)))
        x = F.pixel_shuffle(self.grow(x), 2)
        full = (int(rgb.shape[2]), int(rgb.shape[3]))
        x = self.last(torch.cat([x, rgb.to(x.dtype), _shrunk(guide, full).to(x.dtype)], dim=1))
        final: Tensor = self.out(x)
        return final


def _shrunk(guide: Tensor, size: tuple[int, int]) -> Tensor:
    """Means of the guide's channels over coarser pixels, of measured depths by their confidence."""
    rays, depth, sure, empty, known = torch.split(guide, [_RAYS, 1, 1, 1, 1], dim=1)
    parts = torch.cat([rays, depth * sure, sure, empty * known, known], dim=1)
    if size != tuple(guide.shape[2:]):
        parts = F.adaptive_avg_pool2d(parts, size)
    rays, depth, sure, empty, known = torch.split(parts, [_RAYS, 1, 1, 1, 1], dim=1)
    depth, empty = depth / sure.clamp(min=_LEAST_SURE), empty / known.clamp(min=_LEAST_SURE)
    return torch.cat([rays, depth, sure, empty, known], dim=1)


def widened(state: dict[str, Tensor], eye: Eye) -> dict[str, Tensor]:
    """Weights of an eye that took no measurements yet, with zeros for the channels that are new at the end."""
    own = eye.state_dict()

    def wide(name: str, value: Tensor) -> Tensor:
        more = own[name].shape[1] - value.shape[1] if name in own and value.ndim == own[name].ndim == 4 else 0
        return F.pad(value, (0, 0, 0, 0, 0, MEASURED)) if more == MEASURED else value

    return {name: wide(name, value) for name, value in state.items()}


def _checked(rgb: Tensor, rays: Tensor | None, measured: Tensor | None = None) -> tuple[int, int]:
    if rgb.ndim != 4 or rgb.shape[1] != 3:
        raise ValueError(f"photos of shape (B, 3, H, W) are needed, not {tuple(rgb.shape)}")
    height, width = int(rgb.shape[2]), int(rgb.shape[3])
    if min(height, width) < _STRIDE:
        raise ValueError(f"photos of at least {_STRIDE} x {_STRIDE} are needed, not {width} x {height}")
    if rays is not None and rays.shape != (len(rgb), 2, height, width):
        raise ValueError(f"rays of shape {(len(rgb), 2, height, width)} are needed, not {tuple(rays.shape)}")
    if measured is not None and measured.shape != (len(rgb), MEASURED, height, width):
        wanted = (len(rgb), MEASURED, height, width)
        raise ValueError(f"measurements of shape {wanted} are needed, not {tuple(measured.shape)}")
    return height, width


def _pad(x: Tensor) -> Tensor:
    """Repeat the last row and column up to a multiple of the network's stride."""
    bottom, right = -x.shape[2] % _STRIDE, -x.shape[3] % _STRIDE
    return F.pad(x, (0, right, 0, bottom), mode="replicate") if bottom or right else x


def _rays_by(lens: Lens, height: int, width: int) -> Float[Tensor, "B 2 H W"]:
    diagonal = float(height**2 + width**2) ** 0.5
    focal = (lens.log_focal.detach().exp() * diagonal)[:, None, None]
    x = torch.arange(width, device=focal.device) - (width - 1) / 2
    y = torch.arange(height, device=focal.device) - (height - 1) / 2
    size = (len(focal), height, width)
    return torch.stack([(x[None, None] / focal).expand(size), (y[None, :, None] / focal).expand(size)], dim=1)


def _down_by(lens: Lens, rays: Float[Tensor, "B 2 H W"]) -> Float[Tensor, "B 3"]:
    """Gravity by the horizon, in the camera that the rays belong to."""
    height, width = rays.shape[2:]
    diagonal = float(height**2 + width**2) ** 0.5
    pixel = (rays[:, 0, 0, -1] - rays[:, 0, 0, 0]) / (width - 1)
    middle = rays.mean(dim=(2, 3))
    slope = lens.slope.detach()
    offset = lens.horizon.detach() * diagonal * pixel + middle[:, 1] - slope * middle[:, 0]
    down = torch.stack([-slope, torch.ones_like(slope), -offset], dim=1)
    return F.normalize(down, dim=1)


def _downward(rays: Float[Tensor, "B 2 H W"], down: Float[Tensor, "B 3"]) -> Float[Tensor, "B H W"]:
    """Downward part of each ray with z = 1: the inverse of the floor's depth over the camera's height."""
    d = down[:, :, None, None]
    return (rays[:, 0] * d[:, 0] + rays[:, 1] * d[:, 1] + d[:, 2]).clamp(-2, 2)


def _seen(full: Tensor, lens: Lens) -> Seen:
    sides, log_depth, log_scale, normal, boundary = torch.split(full, list(_OUT), dim=1)
    return Seen(
        sides,
        log_depth[:, 0],
        log_scale[:, 0].clamp(*_LOG_SCALE),
        F.normalize(normal, dim=1),
        boundary[:, 0],
        lens,
    )


def parameters_of(module: nn.Module) -> int:
    """Number of trained numbers."""
    return sum(p.numel() for p in module.parameters())
