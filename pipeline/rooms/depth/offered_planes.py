"""Planes that a photo may show, and how well the photos match on each of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from pipeline.rooms.box import RoomPlane, inside_hull
from pipeline.rooms.stereo import NOT_SEEN, StereoInput, costs_of_planes, stereo_views

#: nearest depth at which surfaces are looked for, units; nearer than any photo is sharp
NEAR = 0.05
#: farthest depth at which surfaces are looked for, units; farther than any room
FAR = 60.0
#: cost of a plane where photos cannot be compared, none; set by hand, effect not measured
UNKNOWN_MATCH: Final = 0.45
#: cost of a plane that they contradict, none; set by hand, effect not measured
_MISMATCH = 0.7
#: matching cost up to which photos agree, and from which on they contradict, cost; set by hand, effect not
#: measured
_MATCH_COSTS = (0.2, 0.8)
#: range of costs between them, cost; by definition
_MATCH_RANGE = 0.6
#: step between the pixels that tell whether a plane is in sight, px; set by hand, effect not measured
_STEP_PX = 8
#: how far outside the room a place on a plane may lie, units; set by hand, effect not measured
_OUTSIDE = 0.05
#: how far from the measured part of an inner plane, units; set by hand, effect not measured
_AWAY = 0.5
#: part of a photo from which on a plane is worthwhile, share; set by hand, effect not measured
_WORTHWHILE = 0.002


@dataclass(frozen=True)
class OfferedPlanes:
    """What the planes say of every pixel of a photo.

    Attributes:
        planes: those that it may show.
        inverse_depth: of each at every pixel; below 0 where the plane is behind the camera.
        match: cost of each by its likeness to the other photos.
    """

    planes: list[RoomPlane]
    inverse_depth: Float[np.ndarray, "H W P"]
    match: Float32[np.ndarray, "P H W"]


def offered_planes(
    data: StereoInput, planes: list[RoomPlane], sources: np.ndarray, index: int
) -> OfferedPlanes:
    """The planes of the room that one photo may show.

    Args:
        data: photos and cameras in the room frame.
        planes: of the room.
        sources: photos that this one was matched with.
        index: of the photo.
    """
    height, width = data.images[index].shape[:2]
    K, pose = data.K[index], data.world_from_camera[index]
    planes = [plane for plane in planes if _in_sight(plane, planes, K, pose, (height, width))]
    rows = np.array([plane.inverse_depth_row(K, pose) for plane in planes]).reshape(-1, 3)
    xs, ys = np.meshgrid(np.arange(width), np.arange(height))
    inverse_depth = np.einsum("pk,khw->hwp", rows, np.stack([xs, ys, np.ones_like(xs)]))
    return OfferedPlanes(planes, inverse_depth, _photometric(data, sources, index, rows, (height, width)))


def match_cost(cost: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    """What it costs a surface that the photos match there with ``cost`` (0 is best)."""
    scaled: Float32[np.ndarray, ...] = _MISMATCH * np.clip((cost - _MATCH_COSTS[0]) / _MATCH_RANGE, 0, 1)
    return scaled


def _in_sight(
    plane: RoomPlane,
    planes: list[RoomPlane],
    K: Float[np.ndarray, "3 3"],
    pose: Float[np.ndarray, "4 4"],
    size: tuple[int, ...],
) -> bool:
    """Whether the photo can show a worthwhile piece of the plane's seen part, or of a closing plane."""
    if (pose[plane.axis, 3] - plane.offset) * plane.sign <= 0:
        return False
    ys, xs = np.meshgrid(np.arange(0, size[0], _STEP_PX), np.arange(0, size[1], _STEP_PX), indexing="ij")
    w = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ plane.inverse_depth_row(K, pose)
    ahead = (w > 1 / FAR) & (w < 1 / NEAR)
    rays = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ np.linalg.inv(K).T
    points = rays / np.where(ahead, w, 1.0)[..., None] @ pose[:3, :3].T + pose[:3, 3]
    near = ahead & inside_hull(planes, points, _OUTSIDE)
    if not plane.hull:
        near &= plane.distance_at(points) < _AWAY
    return bool(near.mean() > _WORTHWHILE)


def _photometric(
    data: StereoInput, sources: np.ndarray, index: int, rows: Float[np.ndarray, "P 3"], size: tuple[int, int]
) -> Float32[np.ndarray, "P H W"]:
    height, width = size
    half = costs_of_planes(stereo_views(data, 1), index, sources, rows)
    half = np.where(half >= NOT_SEEN, UNKNOWN_MATCH, match_cost(half)).astype(np.float32)
    full: Float32[np.ndarray, "P H W"] = np.repeat(np.repeat(half, 2, axis=1), 2, axis=2)[:, :height, :width]
    return full
