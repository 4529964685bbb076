"""Photos as seen straight on at each wall, floor and ceiling, and matches between such views.

A wall seen from the side in one photo and from the front in another looks different; turned to face the wall by
the photo's own Manhattan frame (a homography, no depth needed) both look the same up to scale and shift. So
matches keep their orientation.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int, UInt8

from pipeline.rooms.scene import sampled

#: cosine of the angle under which a plane is still turned to face, none; set by hand, effect not measured
_STEEPEST_COS: Final = math.cos(math.radians(70.0))
#: part of a photo that a facing view is made of, share; set by hand, effect not measured
_LEAST_SHARE: Final = 0.04
#: longer side of a facing view, px; set by hand, effect not measured
_LONGEST_PX: Final = 800
#: shorter side of a facing view, px; that features can be found at all
_SHORTEST_PX: Final = 16
#: places of a photo, along and down, that say how much of a plane it shows, count; set by hand, effect not
#: measured
_GRID: Final = (33, 25)
#: features nearer to the border of the photo are not used, px; set by hand, effect not measured
_BORDER_PX: Final = 6.0
#: Lowe's ratio, none; set by hand, effect not measured
_RATIO: Final = 0.9
#: cosine of two descriptors that match, none; set by hand, effect not measured
_LEAST_SIMILARITY: Final = 0.7
#: how far orientations of a match may differ, radians; set by hand, effect not measured
_TURN_RAD: Final = math.radians(25.0)
#: where a pixel behind the photo is read from, px; outside of every photo
_OUTSIDE_PX: Final = -1e3
#: directions of walls, ceiling and floor in the room's axes, none; by definition
_ROOM_DIRECTIONS: Final = np.concatenate([np.eye(3), -np.eye(3)])


@dataclass(frozen=True)
class FacingView:
    """A photo warped as if its camera faced one plane of the room.

    Attributes:
        direction: outward direction of the plane, in the photo's own room axes.
        room_axes: rows are the view's right, down and forward directions in the photo's own room axes.
        image: the warped photo, grey.
        photo_from_view: homography of pixels.
        focal_px, centre_px: intrinsics of the view.
    """

    direction: Float[np.ndarray, "3"]
    room_axes: Float[np.ndarray, "3 3"]
    image: UInt8[np.ndarray, "H W"]
    photo_from_view: Float[np.ndarray, "3 3"]
    focal_px: float
    centre_px: Float[np.ndarray, "2"]


@dataclass(frozen=True)
class PlaneKeypoints:
    """Features of one facing view.

    Attributes:
        direction, room_axes: as in :class:`FacingView`.
        plane_xy: position on the plane per unit distance to it (normalised coordinates of the view).
        photo_xy: position in the photo, pixels.
        angle_rad: orientation in the view.
        descriptors: unit length.
    """

    direction: Float[np.ndarray, "3"]
    room_axes: Float[np.ndarray, "3 3"]
    plane_xy: Float[np.ndarray, "N 2"]
    photo_xy: Float[np.ndarray, "N 2"]
    angle_rad: Float[np.ndarray, " N"]
    descriptors: Float[np.ndarray, "N D"]


def facing_views(
    image: UInt8[np.ndarray, "H W 3"],
    K: Float[np.ndarray, "3 3"],
    camera_from_room: Float[np.ndarray, "3 3"],
    longest_px: int = _LONGEST_PX,
) -> list[FacingView]:
    """Warp a photo to face every wall, floor and ceiling direction that it looks towards.

    Args:
        K: intrinsics, pixels of the photo.
        camera_from_room: columns are the room's axes (two horizontal, then up).
    """
    height, width = image.shape[:2]
    grey = image.astype(np.float32).mean(axis=2)
    grid = np.stack(
        np.meshgrid(np.linspace(0, width - 1, _GRID[0]), np.linspace(0, height - 1, _GRID[1])), axis=-1
    )
    rays = np.concatenate([grid.reshape(-1, 2), np.ones((grid.size // 2, 1))], axis=1) @ np.linalg.inv(K).T
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    views = []
    for direction in _ROOM_DIRECTIONS:
        room_axes = _view_axes(direction)
        local = rays @ (camera_from_room @ room_axes.T)
        seen = local[:, 2] > _STEEPEST_COS
        if seen.mean() < _LEAST_SHARE:
            continue
        plane = local[seen, :2] / local[seen, 2:]
        low, high = plane.min(axis=0), plane.max(axis=0)
        focal = min(float(K[0, 0]), longest_px / float((high - low).max()))
        size = np.maximum(np.ceil((high - low) * focal).astype(int), _SHORTEST_PX)
        centre = -low * focal
        view_K = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])
        homography = K @ camera_from_room @ room_axes.T @ np.linalg.inv(view_K)
        warped = _warped(grey, homography, size)
        views.append(FacingView(direction, room_axes, warped, homography, focal, centre))
    return views


def _view_axes(direction: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    down = np.array([0.0, 0.0, -1.0]) if abs(direction[2]) < 0.5 else np.array([0.0, 1.0, 0.0])
    axes: Float[np.ndarray, "3 3"] = np.stack([np.cross(down, direction), down, direction])
    return axes


def _warped(
    grey: Float[np.ndarray, "H W"], photo_from_view: Float[np.ndarray, "3 3"], size: Int[np.ndarray, "2"]
) -> UInt8[np.ndarray, "h w"]:
    xs, ys = np.meshgrid(np.arange(size[0], dtype=float), np.arange(size[1], dtype=float))
    mapped = photo_from_view @ np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)])
    z = np.where(mapped[2] > 1e-6, mapped[2], np.inf)
    places = np.stack([mapped[0] / z, mapped[1] / z], axis=1)
    places[mapped[2] <= 1e-6] = _OUTSIDE_PX
    values = sampled(grey, places)
    image: UInt8[np.ndarray, "h w"] = (
        np.clip(np.rint(values), 0, 255).astype(np.uint8).reshape(size[1], size[0])
    )
    return image


def as_plane_keypoints(
    view: FacingView,
    keypoints: Float[np.ndarray, "N 4"],
    descriptors: UInt8[np.ndarray, "N D"],
    photo_size: tuple[int, int],
) -> PlaneKeypoints:
    """Features found in a facing view, those that lie well inside the photo.

    Args:
        keypoints: x, y (pixel centres at integers), scale and angle in the view.
        photo_size: width and height.
    """
    mapped = np.concatenate([keypoints[:, :2], np.ones((len(keypoints), 1))], axis=1) @ view.photo_from_view.T
    photo_xy = mapped[:, :2] / np.maximum(mapped[:, 2:], 1e-9)
    plane_xy = (keypoints[:, :2] - view.centre_px) / view.focal_px
    shallow = 1 / np.sqrt(1 + (plane_xy**2).sum(axis=1)) > _STEEPEST_COS
    inside = (photo_xy > _BORDER_PX).all(axis=1) & (photo_xy < np.array(photo_size) - 1 - _BORDER_PX).all(
        axis=1
    )
    good = (mapped[:, 2] > 1e-9) & shallow & inside
    values = descriptors[good].astype(np.float32)
    values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)
    return PlaneKeypoints(
        view.direction, view.room_axes, plane_xy[good], photo_xy[good], keypoints[good, 3], values
    )


@dataclass(frozen=True)
class PlaneMatches:
    """Matches of one plane of photo a with one of photo b, if photo b's room is turned by ``turn``.

    Attributes:
        a, b: positions in the lists of planes of the two photos.
        rows: keypoints of both planes.
        xy_a, xy_b: positions on the planes, in the axes of a's view.
    """

    a: int
    b: int
    rows: Int[np.ndarray, "M 2"]
    xy_a: Float[np.ndarray, "M 2"]
    xy_b: Float[np.ndarray, "M 2"]


def match_planes(
    planes_a: list[PlaneKeypoints], planes_b: list[PlaneKeypoints], turn: Float[np.ndarray, "3 3"]
) -> list[PlaneMatches]:
    """Match all planes of two photos that face the same way when b's room axes are ``a_from_b = turn``."""
    found = []
    for i, a in enumerate(planes_a):
        for j, b in enumerate(planes_b):
            if turn @ b.direction @ a.direction < 0.5 or min(len(a.plane_xy), len(b.plane_xy)) < 2:
                continue
            flat = a.room_axes[:2] @ turn @ b.room_axes[:2].T
            rows = _mutual(a, b, math.atan2(flat[1, 0], flat[0, 0]))
            found.append(PlaneMatches(i, j, rows, a.plane_xy[rows[:, 0]], b.plane_xy[rows[:, 1]] @ flat.T))
    return found


def _mutual(a: PlaneKeypoints, b: PlaneKeypoints, turn_rad: float) -> Int[np.ndarray, "M 2"]:
    """Mutual nearest neighbours of like orientation that are clearly better than the next."""
    similar = a.descriptors @ b.descriptors.T
    ahead, behind = (np.exp(1j * angle).astype(np.complex64) for angle in (a.angle_rad, b.angle_rad + turn_rad))
    similar[(ahead[:, None] * behind.conj()).real < math.cos(_TURN_RAD)] = -1.0
    forward, backward = similar.argmax(axis=1), similar.argmax(axis=0)
    index = np.arange(len(forward))
    best = similar[index, forward]
    similar[index, forward] = -1.0
    second = similar.max(axis=1)
    distance, next_distance = (np.sqrt(np.maximum(2 - 2 * value, 0)) for value in (best, second))
    good = (backward[forward] == index) & (best > _LEAST_SIMILARITY) & (distance < _RATIO * next_distance)
    rows: Int[np.ndarray, "M 2"] = np.stack([index[good], forward[good]], axis=1)
    return rows
