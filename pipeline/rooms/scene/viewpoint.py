"""A camera that no photo was taken with."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from jaxtyping import Float

from pipeline.rooms.scene.rays import pixel_rays

#: least side of a view, px; by definition
_SMALLEST_PX = 8
#: narrowest and widest view, radians; by definition: 6 and 150 degrees
_FOV_RANGE_RAD = (0.1, float(np.deg2rad(150)))


@dataclass(frozen=True)
class Viewpoint:
    """A pinhole camera in the room.

    Attributes:
        K: intrinsics in pixels (pixel centres at integers).
        world_from_camera: OpenCV camera axes, room frame.
        width_px, height_px: size of its picture.
    """

    K: Float[np.ndarray, "3 3"]
    world_from_camera: Float[np.ndarray, "4 4"]
    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px) < _SMALLEST_PX:
            raise ValueError(
                f"a view of {self.width_px} x {self.height_px} pixels is too small; take at least 8 x 8"
            )
        if not (np.isfinite(self.K).all() and np.isfinite(self.world_from_camera).all() and self.K[0, 0] > 0):
            raise ValueError("K and world_from_camera must be finite, with a positive focal length")

    @classmethod
    def looking(
        cls,
        centre: Float[np.ndarray, "3"],
        direction: Float[np.ndarray, "3"],
        fov_rad: float,
        size_px: tuple[int, int],
    ) -> Self:
        """An upright camera (room z up) with a horizontal field of view; ``size_px`` is (width, height)."""
        if not _FOV_RANGE_RAD[0] < fov_rad < _FOV_RANGE_RAD[1]:
            raise ValueError("the field of view must be between 6 and 150 degrees")
        ahead = np.asarray(direction, float) / np.linalg.norm(direction)
        right = np.cross(ahead, [0.0, 0.0, 1.0])
        if np.linalg.norm(right) < 1e-6:
            raise ValueError("a camera that looks straight up or down has no upright picture")
        right /= np.linalg.norm(right)
        pose = np.eye(4)
        pose[:3, :3] = np.stack([right, np.cross(ahead, right), ahead], axis=1)
        pose[:3, 3] = centre
        width, height = size_px
        focal = 0.5 * width / np.tan(fov_rad / 2)
        K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
        return cls(K, pose, width, height)

    @property
    def centre(self) -> Float[np.ndarray, "3"]:
        """Camera centre in the room frame."""
        return self.world_from_camera[:3, 3]

    def rays(self) -> Float[np.ndarray, "H W 3"]:
        """Room-frame direction of every pixel, with z-depth 1 (not unit length)."""
        rays: Float[np.ndarray, "H W 3"] = (
            pixel_rays(self.K, self.height_px, self.width_px) @ self.world_from_camera[:3, :3].T
        )
        return rays

    def scaled(self, factor: float) -> Self:
        """The same camera with fewer or more pixels."""
        width, height = (max(_SMALLEST_PX, round(side * factor)) for side in (self.width_px, self.height_px))
        zoom = np.diag([width / self.width_px, height / self.height_px, 1.0])
        K = self.K.copy()
        K[:2, 2] += 0.5
        K = zoom @ K
        K[:2, 2] -= 0.5
        return replace(self, K=K, width_px=width, height_px=height)
