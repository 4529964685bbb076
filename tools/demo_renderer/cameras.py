"""Pinhole cameras of the demo photos: 20 mm (35 mm equivalent), level as listing photos are."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

FOCAL_35MM = 20


@dataclass(frozen=True)
class Camera:
    """An exact pinhole. OpenCV axes (x right, y down, z forward); pixel centres at integers.

    Attributes:
        eye: camera centre in the room frame, metres.
        yaw_deg: viewing direction from the x-axis, counter-clockwise from above.
        pitch_deg: upwards positive.
    """

    eye: tuple[float, float, float]
    yaw_deg: float
    pitch_deg: float
    width: int
    height: int

    @property
    def focal_px(self) -> float:
        """Focal length in pixels, from the 36 mm wide frame of :data:`FOCAL_35MM`."""
        return FOCAL_35MM / 36.0 * self.width

    @property
    def K(self) -> Float[np.ndarray, "3 3"]:  # noqa: N802
        """Intrinsics, pixels."""
        f = self.focal_px
        return np.array([[f, 0.0, (self.width - 1) / 2], [0.0, f, (self.height - 1) / 2], [0.0, 0.0, 1.0]])

    @property
    def world_from_camera(self) -> Float[np.ndarray, "4 4"]:
        """Pose, metres."""
        yaw, pitch = math.radians(self.yaw_deg), math.radians(self.pitch_deg)
        forward = np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), math.sin(pitch)])
        right = np.array([math.sin(yaw), -math.cos(yaw), 0.0])
        pose = np.eye(4)
        pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, np.cross(forward, right), forward, self.eye
        return pose

    def halved(self) -> "Camera":
        """The same camera at half the resolution (rounded up)."""
        return Camera(self.eye, self.yaw_deg, self.pitch_deg, (self.width + 1) // 2, (self.height + 1) // 2)

    def rays(self, side: int, rows: tuple[int, int]) -> Float32[np.ndarray, "N 6"]:
        """Rays (origin, direction of z-depth 1) of ``side`` x ``side`` samples per pixel, pixel by pixel."""
        offset = (np.arange(side) + 0.5) / side - 0.5
        y, x, dy, dx = np.meshgrid(
            np.arange(*rows, dtype=np.float64), np.arange(self.width, dtype=np.float64), offset, offset,
            indexing="ij",
        )  # fmt: skip
        K, pose = self.K, self.world_from_camera
        local = np.stack([(x + dx - K[0, 2]) / K[0, 0], (y + dy - K[1, 2]) / K[1, 1], np.ones_like(x)], -1)
        directions = local.reshape(-1, 3) @ pose[:3, :3].T
        return np.concatenate([np.broadcast_to(pose[:3, 3], directions.shape), directions], 1).astype(
            np.float32
        )
