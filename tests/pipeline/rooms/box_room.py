"""A box room with exact cameras: what a perfect model would predict."""

from __future__ import annotations

import numpy as np

#: x, y, z of the lower and upper corner; z is up
LOW, HIGH = np.array([0.0, 0.0, 0.0]), np.array([4.0, 5.0, 2.6])


def look(centre: tuple[float, float, float], target: tuple[float, float, float]) -> np.ndarray:
    """Pose (world_from_camera, OpenCV axes) of an upright camera."""
    ahead = np.array(target) - np.array(centre)
    ahead = ahead / np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right = right / np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(ahead, right), ahead], axis=1)
    pose[:3, 3] = centre
    return pose


def points_of(pose: np.ndarray, K: np.ndarray, height: int, width: int) -> np.ndarray:
    """Where each pixel's ray leaves the room, in its camera's frame."""
    grid = np.stack([*np.meshgrid(np.arange(width), np.arange(height)), np.ones((height, width))], axis=-1)
    rays = grid @ np.linalg.inv(K).T
    world = rays @ pose[:3, :3].T
    with np.errstate(divide="ignore"):
        exits = np.where(world > 0, (HIGH - pose[:3, 3]) / world, (LOW - pose[:3, 3]) / world)
    return np.asarray(rays * exits.min(axis=-1, keepdims=True))


def picture(pose: np.ndarray, points: np.ndarray) -> np.ndarray:
    """A photo of the walls: checkers of half a metre, each wall in another grey."""
    world = points @ pose[:3, :3].T + pose[:3, 3]
    cells = np.floor(world * 2 + 1e-6).astype(int).sum(axis=-1) % 2
    gap = np.minimum(np.abs(world - LOW), np.abs(world - HIGH))
    wall = gap.argmin(axis=-1)
    grey = (90 + 40 * wall + 50 * cells).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)
