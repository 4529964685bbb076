"""Point maps of a room to its ``RoomMeasure``: which sides the photos show, and where they stand."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from pipeline.progress import Progress
from pipeline.rooms.box import closing_planes
from pipeline.rooms.scene import PointMaps, Source, SurfaceSamples, View, collect, merge
from pipeline.rooms.sizes.lenses import focal_of
from pipeline.rooms.sizes.measure import FloorSeen, RoomMeasure, SeenFrom, Side

#: confidence from which on a point is looked at, share; that of the closing planes (room_ends.py)
_CONFIDENT: Final = 0.05
#: side of the cells in which points are merged, units; that of the closing planes (room_ends.py)
_VOXEL: Final = 0.04
#: a point nearer than this to a side lies on it, units; twice the noise of a plane
_ON_SIDE: Final = 0.06
#: least cosine of its normal and the side's, cosine; that of the closing planes (room_ends.py)
_FACING: Final = 0.85
#: least area of a wall that has to be seen for the wall to count, square units; a strip of a hand's width from
#: floor to ceiling, set by hand
_LEAST_WALL: Final = 0.4
#: the same in the room of one photo, where side walls are told by a strip at most, square units; a wardrobe was
#: taken for the demo bedroom's wall by 1.2
_LEAST_WALL_ALONE: Final = 2.0
#: least area of floor or ceiling that has to be seen, square units; set by hand
_LEAST_LEVEL: Final = 0.5
#: share of the points within which the farthest lies, share; one in two hundred may be wrong
_HELD: Final = 0.995
#: side of the cells of the plan in which floor counts as seen, units; fine enough to hatch what was not
_CELL: Final = 0.2
#: cells of the plan along each axis at most, count; 24 m, longer than any room
_MOST_CELLS: Final = 120
#: confidence of the surest point of one photo's room where its layout tells nothing, share; by definition
#: (single_photo/room.py)
_UNSURE: Final = 0.06
#: the same where its layout is certain, share; by definition (single_photo/room.py)
_SURE: Final = 0.3
#: a photo that was not bent and of whose lens the camera tells nothing, none; by definition
_PLAIN: Final = (1.0, False)
#: axis and sign of the closing planes in their order, none; by definition
_ORDER: Final = [(axis, sign) for axis in range(3) for sign in (1, -1)]


def measure_room(
    maps: PointMaps, lenses: Mapping[str, tuple[float, bool]] | None = None, progress: Progress | None = None
) -> RoomMeasure:
    """What the photos of a room tell of its size.

    Args:
        maps: of the room, its axes along the walls and z up; generated views are passed over.
        lenses: photo id to how much straightening magnified the photo (1 where it was not bent), and whether
            EXIF tells its focal length.
        progress: told how far it is.

    Raises:
        ValueError: the maps hold no confident point.
    """
    progress = progress or Progress()
    progress(0.0, "the size of the room")
    photos = maps.of_cameras()
    planes = closing_planes(photos)
    progress(0.6, "which sides were seen")
    points = merge(collect(photos, _CONFIDENT), _VOXEL)
    found = {(plane.axis, plane.sign): (plane.offset, plane.weight > 0) for plane in planes}
    inside = _within(points, found)
    alone = len(photos.views) == 1 and not (photos.views[0].source == Source.MEASURED).any()
    wall = _LEAST_WALL_ALONE if alone else _LEAST_WALL
    sides = tuple(_side(points, inside, key, *found[key], wall) for key in _ORDER)
    known = lenses or {}
    measure = RoomMeasure(
        sides=sides,
        photos=tuple(_seen_from(v, *known.get(v.photo_id, _PLAIN), alone) for v in photos.views),
        of_one_photo=alone,
        sureness=_sureness(photos) if alone else 1.0,
        floor=_floor_seen(points, sides),
    )
    progress(1.0, "the size of the room")
    return measure


def _within(
    points: SurfaceSamples, found: Mapping[tuple[int, int], tuple[float, bool]]
) -> Bool[np.ndarray, " N"]:
    """Points that lie within the sides that were seen."""
    inside = np.ones(len(points.points), bool)
    for (axis, sign), (offset, seen) in found.items():
        if seen:
            inside &= (points.points[:, axis] - offset) * sign > -_ON_SIDE
    return inside


def _side(
    points: SurfaceSamples,
    inside: Bool[np.ndarray, " N"],
    side: tuple[int, int],
    offset: float,
    known: bool,
    least_wall: float,
) -> Side:
    axis, sign = side
    on = np.abs(points.points[:, axis] - offset) < _ON_SIDE
    on &= points.normals[:, axis] * sign > _FACING
    area = float(on.sum()) * _VOXEL**2
    measured = float((points.source[on] == Source.MEASURED).mean()) if on.any() else 0.0
    outward = -sign
    shown = points.points[inside, axis] * outward
    reach = float(np.quantile(shown, _HELD)) * outward if len(shown) else offset
    seen = known and area >= (_LEAST_LEVEL if axis == 2 else least_wall)
    return Side(axis, sign, float(offset), seen, area, measured, reach)


def _sureness(maps: PointMaps) -> float:
    """How sure the layout of a single photo is, by the confidence of its surest point."""
    best = max(float(view.confidence.max()) for view in maps.views)
    return float(np.clip((best - _UNSURE) / (_SURE - _UNSURE), 0.0, 1.0))


def _seen_from(view: View, zoom: float, from_exif: bool, alone: bool) -> SeenFrom:
    ahead = view.world_from_camera[:2, 2]
    x, y, z = (float(value) for value in view.centre)
    return SeenFrom(
        photo_id=view.photo_id,
        position=(x, y, z),
        ahead=(float(ahead[0]), float(ahead[1])),
        half_angle_rad=math.atan(0.5 * view.image.shape[1] / float(view.K[0, 0])),
        focal_35mm=focal_of(view, zoom, from_exif, alone),
        from_exif=from_exif,
    )


def _floor_seen(points: SurfaceSamples, sides: Sequence[Side]) -> FloorSeen:
    """Cells of the plan in which floor was seen."""
    low = np.array([sides[0].offset, sides[2].offset])
    high = np.array([sides[1].offset, sides[3].offset])
    on = np.abs(points.points[:, 2] - sides[4].offset) < _ON_SIDE
    on &= points.normals[:, 2] > _FACING
    shape = np.clip(np.ceil((high - low) / _CELL).astype(int), 1, _MOST_CELLS)
    seen = _filled(points.points[on][:, :2], low, shape)
    rows = tuple("".join("1" if cell else "0" for cell in row) for row in seen.T)
    return FloorSeen((float(low[0]), float(low[1])), _CELL, rows)


def _filled(
    points: Float[np.ndarray, "N 2"], low: Float[np.ndarray, "2"], shape: np.ndarray
) -> Bool[np.ndarray, "A B"]:
    seen = np.zeros(shape, bool)
    cells = np.floor((points - low) / _CELL).astype(int)
    kept = ((cells >= 0) & (cells < shape)).all(axis=1)
    seen[cells[kept, 0], cells[kept, 1]] = True
    return seen
