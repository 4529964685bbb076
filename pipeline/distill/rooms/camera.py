"""Cameras as listings are photographed: wide, from corners and doors, chest high, nearly level."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from pipeline.distill.rooms.build import Dice

#: width of the film that focal lengths in mm refer to
FILM_MM = 36.0
LENS_MM = (14.0, 36.0)
#: above 1, wide lenses are more usual; half of all are below 19.5 mm, as listings are photographed
_WIDE = 1.5
HEIGHT_M = (1.0, 1.7)


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera; pixel centres at integers, OpenCV axes (x right, y down, z forward).

    Attributes:
        K: intrinsics in pixels.
        world_from_camera: world axes x right, y up; metres, the floor at y = 0.
        width_px, height_px: of the picture.
    """

    K: Float[np.ndarray, "3 3"]
    world_from_camera: Float[np.ndarray, "4 4"]
    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        if self.width_px < 8 or self.height_px < 8:
            raise ValueError("a picture needs at least 8 x 8 pixels")
        if self.K.shape != (3, 3) or self.world_from_camera.shape != (4, 4):
            raise ValueError("K must be 3 x 3 and world_from_camera 4 x 4")

    @property
    def focal_px(self) -> float:
        """Focal length."""
        return float(self.K[0, 0])

    @property
    def height_m(self) -> float:
        """Height above the floor."""
        return float(self.world_from_camera[1, 3])

    @property
    def down(self) -> Float[np.ndarray, "3"]:
        """Unit vector of gravity in camera axes."""
        return -self.world_from_camera[1, :3].copy()

    @property
    def horizon(self) -> tuple[float, float]:
        """Row of the horizon in the middle column, in pixels, and its slope (rows per column)."""
        g = self.down
        line = np.linalg.inv(self.K).T @ g
        return float(-(line[0] * self.K[0, 2] + line[2]) / line[1]), float(-line[0] / line[1])


def looking(
    position: tuple[float, float, float], yaw_rad: float, pitch_rad: float, roll_rad: float
) -> Float[np.ndarray, "4 4"]:
    """``world_from_camera`` of a camera; yaw 0 looks along z, positive pitch looks up, roll turns clockwise."""
    cp, sp = math.cos(pitch_rad), math.sin(pitch_rad)
    forward = np.array([math.sin(yaw_rad) * cp, sp, math.cos(yaw_rad) * cp])
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    c, s = math.cos(roll_rad), math.sin(roll_rad)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([c * right + s * down, c * down - s * right, forward], axis=1)
    pose[:3, 3] = position
    return pose


def random_lens(dice: Dice, width_px: int, height_px: int) -> Float[np.ndarray, "3 3"]:
    """Intrinsics of a listing's lens; one in eight photos is cropped off the middle."""
    low, high = LENS_MM
    mm = low * (high / low) ** (dice.roll() ** _WIDE)
    focal = mm / FILM_MM * max(width_px, height_px)
    off = 0.05 if dice.maybe(0.12) else 0.003
    cx, cy = (width_px - 1) / 2 + width_px * dice.bell(off), (height_px - 1) / 2 + height_px * dice.bell(off)
    return np.array([[focal, 0, cx], [0, focal, cy], [0, 0, 1.0]])


def random_tilt(dice: Dice) -> tuple[float, float]:
    """Pitch and roll in radians: most photos are level, some look down, few are held loosely."""
    kind = dice.roll()
    if kind < 0.6:
        degrees = dice.bell(1.5) - 1.0, dice.bell(0.5)
    elif kind < 0.87:
        degrees = dice.between(-22, 6), dice.bell(1.5)
    elif kind < 0.95:
        degrees = dice.between(-42, 22), dice.bell(4.0)
    else:
        degrees = dice.between(-35, 30), dice.bell(14.0)
    return math.radians(degrees[0]), math.radians(degrees[1])
