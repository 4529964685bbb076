"""Photos of the textured box as a :class:`Look`: known points, and a prior that is right or off by a factor."""

import numpy as np
from scipy.spatial.transform import Rotation

from models.eye.config import SIDES
from pipeline.rooms.prior import Prior
from pipeline.rooms.sfm.placing import Look
from tests.pipeline.rooms.textured_box import SIZE_M, shoot

FOCAL, CENTRE, SIZE_PX = 260.0, np.array([199.5, 149.5]), (400, 300)
_PRIOR_PX = (80, 60)


def wall_points(n: int, seed: int = 0) -> np.ndarray:
    """Points on the far wall, the floor and the ceiling."""
    points = np.random.default_rng(seed).uniform([1.5, 0.2, 0.0], SIZE_M, size=(n, 3))
    points[::3, 0], points[1::3, 2], points[2::3, 2] = SIZE_M[0], 0.0, SIZE_M[2]
    return points


def seen(points: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Pixels of points, also beyond the border."""
    local = (points - pose[:3, 3]) @ pose[:3, :3]
    return np.asarray(FOCAL * local[:, :2] / local[:, 2:] + CENTRE)


def guess(pose: np.ndarray, off: float) -> Prior:
    """The true depth of the empty box over the camera's height, times ``off``."""
    width, height = _PRIOR_PX
    shot = shoot(pose, width, height, FOCAL * width / SIZE_PX[0])
    shape = shot.depth_m.shape
    depth = (off * shot.depth_m / pose[2, 3]).astype(np.float32)
    flat = np.full(shape, 0.2, np.float32)
    sides, normals = np.zeros((*shape, len(SIDES)), np.float32), np.zeros((*shape, 3), np.float32)
    return Prior(depth, flat, sides, normals, flat, shot.K, -pose[2, :3], True, 0.0, 0.0)


def look_of(pose: np.ndarray, points: np.ndarray, off: float = 1.0, turned: int = 0) -> Look:
    """A photo with points as its keypoints; ``turned``: quarter turns by which its axes are taken wrongly."""
    quarter = Rotation.from_euler("z", 90 * turned, degrees=True).as_matrix()
    return Look(FOCAL, CENTRE, SIZE_PX, pose[:3, :3].T @ quarter, seen(points, pose), [], guess(pose, off))
