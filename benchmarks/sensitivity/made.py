"""Photos of made rooms for the benches: this project draws them, so their truth is exact."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

from pipeline.distill.rooms import View, random_room

#: rooms of the benches; training, its tests and the fitters keep away from them
FIRST_SEED: Final = 8_200_000
#: made rooms have y up; those of the wings have z up
Z_UP: Final = np.array([[1.0, 0, 0, 0], [0, 0, -1.0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1.0]])


@dataclass(frozen=True, eq=False)
class MadePhoto:
    """A photo and what is exactly known of it.

    Attributes:
        rgb: the photo.
        K: intrinsics in pixels.
        world_from_camera: z up, metres, floor at z = 0.
        depth_m: z-depth.
        box_depth_m: z-depth of the empty room.
        side: floor 0, ceiling 1, wall 2, thing 3, opening 4, mirror 5.
        normal: unit normals in camera axes, towards the camera.
    """

    rgb: UInt8[np.ndarray, "H W 3"]
    K: Float[np.ndarray, "3 3"]
    world_from_camera: Float[np.ndarray, "4 4"]
    depth_m: Float[np.ndarray, "H W"]
    box_depth_m: Float[np.ndarray, "H W"]
    side: UInt8[np.ndarray, "H W"]
    normal: Float[np.ndarray, "H W 3"]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.rgb.shape[1], self.rgb.shape[0]


def photos_alone(count: int, width_px: int, height_px: int, first: int = FIRST_SEED) -> list[MadePhoto]:
    """One photo each of so many rooms."""
    rooms = (random_room(first + number) for number in range(count))
    return [_photo(room.view(next(room.cameras(width_px, height_px)), smooth=True)) for room in rooms]


def photos_of_room(seed: int, count: int, width_px: int, height_px: int) -> list[MadePhoto]:
    """Overlapping photos of one room."""
    return [_photo(view) for view in random_room(seed).views(count, width_px, height_px)]


def _photo(view: View) -> MadePhoto:
    return MadePhoto(
        rgb=view.rgb,
        K=view.camera.K,
        world_from_camera=Z_UP @ view.camera.world_from_camera,
        depth_m=view.depth_m.astype(float),
        box_depth_m=view.box_depth_m.astype(float),
        side=view.side,
        normal=view.normal.astype(float),
    )


def depth_off(found: Float[np.ndarray, "..."], true: Float[np.ndarray, "..."]) -> float:
    """Median relative error of a depth after one scale, the median ratio."""
    ratio = found / true
    return float(np.median(np.abs(ratio / np.median(ratio) - 1.0)))


def turn_deg(found: Float[np.ndarray, "3 3"], true: Float[np.ndarray, "3 3"]) -> float:
    """Angle between two frames (columns are axes), whatever each calls its axes."""
    from benchmarks.single_photos import orientation_error_deg

    return orientation_error_deg(found, true)
