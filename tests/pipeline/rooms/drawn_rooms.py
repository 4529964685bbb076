"""Pictures of invented box rooms whose layout is exactly known."""

import numpy as np
from jaxtyping import Float, UInt8

from pipeline.rooms.box.frames import frame_rotation
from pipeline.rooms.layout.layout import LayoutBox

WIDTH_PX, HEIGHT_PX, FOCAL_PX = 480, 360, 360.0
#: front, left, right, floor, ceiling
DISTANCES_M = np.array([3.6, 1.7, 2.1, 1.45, 1.1])
_COLORS = np.array([[196, 190, 180], [176, 170, 162], [208, 204, 198], [120, 84, 54], [236, 236, 234]], float)
#: pictures, doors and windows: face, lower and upper corner along the wall and in height, colour
_FLAT = (
    (0, (-1.0, -0.1), (-0.2, 0.6), (60, 90, 150)),
    (0, (0.6, 0.2), (1.6, 0.7), (150, 60, 50)),
    (1, (1.2, -1.4), (2.1, 0.6), (110, 80, 60)),
    (2, (1.6, -0.5), (3.0, 0.6), (180, 215, 240)),
)


def drawn_box(
    yaw_deg: float = 12.0, pitch_deg: float = -7.0, distances_m: Float[np.ndarray, "5"] = DISTANCES_M
) -> LayoutBox:
    """A room seen by a camera turned to the right by the yaw and down by the pitch."""
    K = np.array([[FOCAL_PX, 0, (WIDTH_PX - 1) / 2], [0, FOCAL_PX, (HEIGHT_PX - 1) / 2], [0, 0, 1.0]])
    rotation = frame_rotation(np.deg2rad([yaw_deg, -pitch_deg, 0.0]))
    return LayoutBox(rotation, K, distances_m, (True,) * 5, 0.1)


def draw(box: LayoutBox, seed: int = 0) -> UInt8[np.ndarray, "H W 3"]:
    """The room with pictures, a door, a window, a boarded floor and a grain."""
    xs, ys = np.meshgrid(np.arange(WIDTH_PX), np.arange(HEIGHT_PX))
    rays = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ np.linalg.inv(box.K).T @ box.camera_from_room
    at = rays * box.depth_m(WIDTH_PX, HEIGHT_PX)[..., None]
    face = box.classes(WIDTH_PX, HEIGHT_PX) - 1
    image = _COLORS[face]
    for wall, low, high, color in _FLAT:
        along = at[..., 0] if wall == 0 else at[..., 1]
        inside = (face == wall) & (along > low[0]) & (along < high[0])
        image[inside & (at[..., 2] > low[1]) & (at[..., 2] < high[1])] = color
    boards = (face == 3) & (np.floor(at[..., 0] / 0.16) % 2 == 0)
    image[boards] *= 0.86
    grain = np.random.default_rng(seed).normal(0, 2.0, image.shape)
    noisy: UInt8[np.ndarray, "H W 3"] = np.clip(image + grain, 0, 255).astype(np.uint8)
    return noisy


def turned_by_deg(one: Float[np.ndarray, "3 3"], two: Float[np.ndarray, "3 3"]) -> float:
    """Angle between two frames."""
    return float(np.rad2deg(np.arccos(np.clip((np.trace(one.T @ two) - 1) / 2, -1, 1))))
