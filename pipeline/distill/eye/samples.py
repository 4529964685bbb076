"""What the eye is trained on: views of made rooms as tensors, a pure function of seed and number."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from pipeline.distill.eye.stereo import measured
from pipeline.distill.rooms import Camera, Room, Side, View, random_room
from pipeline.distill.rooms.photo import develop

#: log of depth over camera height is kept in this range (8 cm to 30 m at 1.5 m)
LOG_DEPTH = (-2.9, 3.0)
#: width over height and share of the shapes of listing photos
SHAPES = ((3 / 2, 0.36), (4 / 3, 0.36), (16 / 9, 0.08), (1.0, 0.05), (3 / 4, 0.1), (2 / 3, 0.05))
#: validation rooms have seeds from here on
HELD_OUT_SEED = 1 << 40
_STEP_PX = 4


@dataclass(frozen=True, eq=False)
class Batch:
    """Views of one size.

    Attributes:
        rgb: in [-1, 1].
        rays: x/z and y/z of the pixels.
        sides: index of the side.
        log_depth: log of z-depth over the camera's height.
        normal: unit, camera axes.
        boundary: outlines of things.
        down: gravity in camera axes.
        lens: log focal length over diagonal, horizon and slope as :class:`models.eye.Lens` means them.
        measured: see :func:`stereo.measured`.
    """

    rgb: Float[Tensor, "B 3 H W"]
    rays: Float[Tensor, "B 2 H W"]
    sides: Int64[Tensor, "B H W"]
    log_depth: Float[Tensor, "B H W"]
    normal: Float[Tensor, "B 3 H W"]
    boundary: Bool[Tensor, "B H W"]
    down: Float[Tensor, "B 3"]
    lens: Float[Tensor, "B 3"]
    measured: Float[Tensor, "B 4 H W"]

    def to(self, device: str) -> "Batch":
        """The same on a device."""
        moved = {name: value.to(device) for name, value in vars(self).items()}
        return Batch(**moved)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A view with its linear light, so that it can be developed as several photos."""

    view: View
    radiance: np.ndarray


def size_of(bundle: int, pixels: int, seed: int) -> tuple[int, int]:
    """Width and height of a bundle's views: about ``pixels`` in one of the usual shapes."""
    rng = np.random.default_rng([seed, bundle, 3])
    shares = np.array([share for _, share in SHAPES])
    ratio = SHAPES[int(rng.choice(len(SHAPES), p=shares / shares.sum()))][0]
    pixels = int(pixels * rng.choice([0.7, 1.0, 1.0, 1.3]))
    width = max(32, round(math.sqrt(pixels * ratio) / _STEP_PX) * _STEP_PX)
    return width, max(32, round(width / ratio / _STEP_PX) * _STEP_PX)


def draw_bundle(bundle: int, count: int, pixels: int, seed: int, per_room: int) -> list[Drawn]:
    """The views of a bundle, ``per_room`` of each room."""
    width, height = size_of(bundle, pixels, seed)
    drawn: list[Drawn] = []
    for number in range(math.ceil(count / per_room)):
        room = random_room(seed + bundle * count + number)
        cameras = room.cameras(width, height)
        drawn += [_drawn(room, next(cameras)) for _ in range(per_room)]
    return drawn[:count]


def _drawn(room: Room, camera: Camera) -> Drawn:
    view, radiance = room.view_and_light(camera, smooth=True)
    return Drawn(view, radiance.astype(np.float16))


def arrays_of(bundle: list[Drawn], seed: int) -> dict[str, np.ndarray]:
    """The arrays of a batch: views developed anew, half of them mirrored, by this seed."""
    rng = np.random.default_rng([seed, 11])
    parts = [_arrays(drawn, int(rng.integers(1 << 31)), bool(rng.random() < 0.5)) for drawn in bundle]
    return {name: np.stack([part[name] for part in parts]) for name in parts[0]}


def batch_from(arrays: dict[str, np.ndarray]) -> Batch:
    """Arrays as tensors."""
    tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
    return Batch(**tensors | {"sides": tensors["sides"].long()})


def _arrays(drawn: Drawn, seed: int, mirrored: bool) -> dict[str, np.ndarray]:
    view = drawn.view
    camera = view.camera
    photo = develop(drawn.radiance, seed)
    rgb = photo.astype(np.float32) / 127.5 - 1
    normal, rays, down, lens = view.normal, rays_of(camera), camera.down.astype(np.float32), lens_of(camera)
    depth = np.log(np.maximum(view.depth_m, 1e-3) / camera.height_m).clip(*LOG_DEPTH)
    told = measured(view, photo, seed)
    maps = [rgb, rays, view.side, depth.astype(np.float32), normal, outlines(view), told]
    if mirrored:
        maps = [np.ascontiguousarray(part[:, ::-1]) for part in maps]
        maps[1], maps[4] = maps[1] * np.array([-1, 1], np.float32), maps[4] * np.array([-1, 1, 1], np.float32)
        down, lens = down * np.array([-1, 1, 1], np.float32), lens * np.array([1, 1, -1], np.float32)
    rgb, rays, side, depth, normal, boundary, told = maps
    return {
        "rgb": rgb.transpose(2, 0, 1),
        "rays": rays.transpose(2, 0, 1),
        "sides": side,
        "log_depth": depth,
        "normal": normal.transpose(2, 0, 1),
        "boundary": boundary,
        "down": down,
        "lens": lens,
        "measured": told.transpose(2, 0, 1),
    }


def rays_of(camera: Camera) -> Float[np.ndarray, "H W 2"]:
    """x/z and y/z of all pixels."""
    x = (np.arange(camera.width_px) - camera.K[0, 2]) / camera.K[0, 0]
    y = (np.arange(camera.height_px) - camera.K[1, 2]) / camera.K[1, 1]
    return np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)


def lens_of(camera: Camera) -> Float[np.ndarray, "3"]:
    """Log focal length over the diagonal, horizon below the middle over the diagonal, slope of the horizon."""
    diagonal = math.hypot(camera.width_px, camera.height_px)
    row, slope = camera.horizon
    middle = row + slope * ((camera.width_px - 1) / 2 - camera.K[0, 2])
    offset = (middle - (camera.height_px - 1) / 2) / diagonal
    return np.array([math.log(camera.focal_px / diagonal), offset, slope], dtype=np.float32)


def outlines(view: View) -> UInt8[np.ndarray, "H W"] | Bool[np.ndarray, "H W"]:
    """Pixels of things beside another thing or another side."""
    number = np.where(view.side == Side.THING, view.instance, 0)
    edge = np.zeros(number.shape, dtype=bool)
    across, along = number[:, 1:] != number[:, :-1], number[1:] != number[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= along
    edge[:-1] |= along
    return edge
