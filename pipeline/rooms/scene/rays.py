"""The ray of every pixel of a pinhole camera."""

import numpy as np
from jaxtyping import Float


def pixel_rays(K: Float[np.ndarray, "3 3"], height_px: int, width_px: int) -> Float[np.ndarray, "H W 3"]:
    """Directions in camera axes (OpenCV), each with z-depth 1; pixel centres at integers."""
    xs, ys = np.meshgrid(np.arange(width_px), np.arange(height_px))
    rays: Float[np.ndarray, "H W 3"] = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ np.linalg.inv(K).T
    return rays


def points_at(
    w: Float[np.ndarray, "H W"], K: Float[np.ndarray, "3 3"], world_from_camera: Float[np.ndarray, "4 4"]
) -> Float[np.ndarray, "H W 3"]:
    """World points of every pixel at inverse depth ``w``."""
    rays = pixel_rays(K, *w.shape)
    turned = (rays / w[..., None]) @ world_from_camera[:3, :3].T
    points: Float[np.ndarray, "H W 3"] = turned + world_from_camera[:3, 3]
    return points
