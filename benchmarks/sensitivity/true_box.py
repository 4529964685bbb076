"""The true box of a photo of a made room, as the wings know boxes."""

import numpy as np
from jaxtyping import Float

from benchmarks.sensitivity.made import MadePhoto
from pipeline.rooms.layout import LayoutBox
from pipeline.rooms.scene import pixel_rays

_LEAST_M, _QUANTILE = 0.3, 0.99


def true_axes(photo: MadePhoto) -> Float[np.ndarray, "3 3"]:
    """``camera_from_room``: right, forward (the axis that the camera looks along most) and up."""
    camera_from_world = photo.world_from_camera[:3, :3].T
    level = [sign * camera_from_world[:, axis] for axis in (0, 1) for sign in (1, -1)]
    forward, up = max(level, key=lambda axis: float(axis[2])), camera_from_world[:, 2]
    return np.stack([np.cross(forward, up), forward, up], axis=1)


def true_box(photo: MadePhoto) -> LayoutBox:
    """The box around the camera that the empty room fills, as far as the photo shows it.

    Rooms with a bay are no box: the farthest point of each side counts.
    """
    axes, (width, height) = true_axes(photo), photo.size
    points = (pixel_rays(photo.K, height, width) * photo.box_depth_m[..., None]).reshape(-1, 3) @ axes
    toward = np.stack([points[:, 1], -points[:, 0], points[:, 0], -points[:, 2], points[:, 2]])
    reach = np.maximum(np.quantile(toward, _QUANTILE, axis=1), _LEAST_M)
    reach[3] = photo.world_from_camera[2, 3]
    return LayoutBox(axes, photo.K, reach, (True, True, True, True, True), 0.0)
