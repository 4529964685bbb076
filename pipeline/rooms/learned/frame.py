"""Turn learned point maps into the room frame: axes along the walls, floor at z = 0, metres as far as known.

Gravity and scale come from the same code as those of the classical backend.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from pipeline.rooms.axes import find_segments, room_from_world
from pipeline.rooms.box import RoomPlane, estimate_scale, find_planes
from pipeline.rooms.scene import Cameras, PlacedCamera, PointMaps, SparsePoints, view_normals

#: usual depth that maps are scaled to before planes are looked for, metres; by definition: a room's, the true
#: scale comes after it
_MEDIAN_DEPTH = 3.0
#: fewer points have no planes, count; set by hand, effect not measured
_LEAST_SAMPLES = 200
#: between pixels that planes are found by, px; set by hand for time, effect not measured
_STRIDE = 3
#: farther points stand for no more area, metres; set by hand, effect not measured
_AREA_CAP_M = 6.0


def to_room_frame(maps: PointMaps) -> PointMaps:
    """Rotate, scale and drop the maps onto the floor, and say in the notes how far that could be told."""
    rotation, straight = room_from_world(_as_cameras(maps), [find_segments(view.image) for view in maps.views])
    turn = np.eye(4)
    turn[:3, :3] = rotation
    depths = np.concatenate([view.depth_m()[view.valid] for view in maps.views])
    ahead = depths[depths > 0]
    usual = float(np.median(ahead)) if len(ahead) else 0.0
    maps = maps.transformed(_MEDIAN_DEPTH / usual if usual > 0 else 1.0, turn)
    axes = "axes from straight lines" if straight else "no clear walls: cameras were taken to be held upright"
    points, normals, weights = _samples(maps)
    if len(points) < _LEAST_SAMPLES:
        return replace(maps, notes=(*maps.notes, axes, "scale unknown: too few confident points"))
    planes = find_planes(points, normals, weights, np.stack([view.centre for view in maps.views]))
    maps, known = _to_metres(maps, planes)
    scale = (
        "scale estimated from usual camera and ceiling heights" if known else "scale unknown: no floor was seen"
    )
    return replace(maps, notes=(*maps.notes, axes, scale))


def _as_cameras(maps: PointMaps) -> Cameras:
    placed = tuple(
        PlacedCamera(
            photo_id=view.photo_id,
            width_px=view.image.shape[1],
            height_px=view.image.shape[0],
            K=view.K,
            world_from_camera=view.world_from_camera,
            n_observations=0,
            reprojection_error_px=0.0,
        )
        for view in maps.views
    )
    none, index = np.zeros((0, 3)), np.zeros(0, np.int64)
    points = SparsePoints(none, none.astype(np.uint8), np.zeros(0), index, index, np.zeros((0, 2)))
    return Cameras(placed, points)


def _samples(
    maps: PointMaps,
) -> tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"], Float[np.ndarray, " N"]]:
    """Points with normals, weighted by confidence and the area that each stands for (capped)."""
    points, normals, weights = [], [], []
    for view in maps.views:
        facing = view_normals(view)
        good = view.valid & np.isfinite(facing).all(axis=2)
        good[np.arange(len(good)) % _STRIDE != 0] = False
        good[:, np.arange(good.shape[1]) % _STRIDE != 0] = False
        area = np.minimum(np.maximum(view.depth_m()[good], 0.0), _AREA_CAP_M) ** 2
        points.append(view.points[good].astype(np.float64))
        normals.append(facing[good])
        weights.append(area * view.confidence[good])
    return np.concatenate(points), np.concatenate(normals), np.concatenate(weights)


def _to_metres(maps: PointMaps, planes: list[RoomPlane]) -> tuple[PointMaps, bool]:
    hull = {(plane.axis, plane.sign): plane for plane in planes if plane.hull}
    floor, ceiling = hull.get((2, 1)), hull.get((2, -1))
    if floor is None:
        return maps, False
    heights = np.array([view.centre[2] - floor.offset for view in maps.views])
    seen = ceiling is not None and ceiling.weight > 0
    scale, sigma = estimate_scale(
        heights, ceiling.offset - floor.offset if ceiling is not None and seen else None
    )
    drop = np.eye(4)
    drop[2, 3] = -scale * floor.offset
    return replace(maps.transformed(scale, drop), metric=True, scale_sigma=sigma), True
