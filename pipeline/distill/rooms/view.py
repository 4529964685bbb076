"""What one camera sees of a made room."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int, UInt8

from pipeline.distill.rooms.arrays import Side
from pipeline.distill.rooms.camera import Camera


@dataclass(frozen=True, eq=False)
class View:
    """What one camera sees.

    Attributes:
        camera: that took it.
        rgb: the photo.
        depth_m: z-depth.
        normal: unit normals in camera axes, towards the camera.
        side: a :class:`Side` for every pixel.
        instance: number of the thing, 0 where it is none.
        box_depth_m: z-depth of the empty shell behind everything that stands in it.
    """

    camera: Camera
    rgb: UInt8[np.ndarray, "H W 3"]
    depth_m: Float32[np.ndarray, "H W"]
    normal: Float32[np.ndarray, "H W 3"]
    side: UInt8[np.ndarray, "H W"]
    instance: Int[np.ndarray, "H W"]
    box_depth_m: Float32[np.ndarray, "H W"]

    @property
    def points(self) -> Float[np.ndarray, "H W 3"]:
        """World points of all pixels."""
        rays = camera_rays(self.camera) * self.depth_m[..., None]
        pose = self.camera.world_from_camera
        world: Float[np.ndarray, "H W 3"] = rays @ pose[:3, :3].T + pose[:3, 3]
        return world

    @property
    def wall_direction(self) -> Int[np.ndarray, "H W"]:
        """Of walls: 0 to 3 for normals along x+, x-, z+, z- of the world, -1 elsewhere."""
        world = self.normal @ self.camera.world_from_camera[:3, :3].T
        along_x = np.abs(world[..., 0]) > np.abs(world[..., 2])
        direction = np.where(along_x, world[..., 0] < 0, 2 + (world[..., 2] < 0))
        told: Int[np.ndarray, "H W"] = np.where(self.side == Side.WALL, direction, -1)
        return told


#: colours of the sides in pictures for people: floor, ceiling, wall, thing, opening, mirror
_COLORS = ((20, 120, 60), (220, 160, 60), (90, 180, 180), (220, 40, 40), (40, 120, 220), (200, 40, 200))


def side_picture(side: Int[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
    """Sides as colours."""
    picture: UInt8[np.ndarray, "H W 3"] = np.array(_COLORS, dtype=np.uint8)[side]
    return picture


def camera_rays(camera: Camera) -> Float[np.ndarray, "H W 3"]:
    """Directions of all pixels in camera axes, z = 1."""
    x = (np.arange(camera.width_px) - camera.K[0, 2]) / camera.K[0, 0]
    y = (np.arange(camera.height_px) - camera.K[1, 2]) / camera.K[1, 1]
    grid_x, grid_y = np.meshgrid(x, y)
    return np.stack([grid_x, grid_y, np.ones_like(grid_x)], axis=-1)
