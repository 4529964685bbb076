"""``RoomPlane``: a plane along the room's axes and what was measured of it; what such planes enclose."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy import ndimage

#: side of the cells in which the measured part of a plane is kept, units; set by hand, effect not measured
CELL = 0.1
#: cells of a plane along each axis at most, count; 40 units, larger than any room
_MOST_CELLS = 400
#: share of the points in well measured cells from which on a cell is measured, share;
#: n4: two stray points near a camera had carried a plane over a whole carpet
_LEAST_FILLED = 0.05
#: fewest points of a measured cell, count; one may be wrong
_LEAST_POINTS = 2.0
#: share of the measured cells that are not well measured, share; set by hand, effect not measured
_WELL_MEASURED = 0.9
#: distance to the measured part of a plane that has none, units; larger than any distance that counts
NOWHERE = 10.0


class Slab(NamedTuple):
    """Where many points lie on one plane: their axis, the side they face, offset and weight."""

    axis: int
    sign: int
    offset: float
    weight: float

    @property
    def side(self) -> tuple[int, int]:
        """Axis and the side they face."""
        return self.axis, self.sign


@dataclass(frozen=True)
class RoomPlane:
    """An axis-aligned plane ``x[axis] = offset`` of the room frame, seen from the side that ``sign`` points to.

    Attributes:
        weight: evidence (confidence times area) of the measured points on it.
        hull: whether it closes the room on its side (floor, ceiling, outermost wall).
        distance: distance (units) from each cell of the plane to the nearest measured point on it.
        origin: lower corner of the cells along the two other axes, in ascending order of axis.
    """

    axis: int
    sign: int
    offset: float
    weight: float
    hull: bool
    distance: Float32[np.ndarray, "A B"]
    origin: Float[np.ndarray, "2"]

    def inverse_depth_row(
        self, K: Float[np.ndarray, "3 3"], world_from_camera: Float[np.ndarray, "4 4"]
    ) -> Float[np.ndarray, "3"]:
        """``(a, b, c)`` with inverse depth ``a x + b y + c`` of the plane in this camera."""
        normal = world_from_camera[self.axis, :3]
        gap = self.offset - world_from_camera[self.axis, 3]
        gap = gap if abs(gap) > 1e-6 else 1e-6
        row: Float[np.ndarray, 3] = normal @ np.linalg.inv(K) / gap
        return row

    def distance_at(self, points: Float[np.ndarray, "... 3"]) -> Float[np.ndarray, "..."]:
        """Distance along the plane to its measured part (capped by the extent of the cells)."""
        others = [axis for axis in range(3) if axis != self.axis]
        cells = np.floor((points[..., others] - self.origin) / CELL).astype(int)
        shape = np.array(self.distance.shape)
        clipped = np.clip(cells, 0, shape - 1)
        outside = np.linalg.norm(cells - clipped, axis=-1) * CELL
        found: Float[np.ndarray, ...] = self.distance[clipped[..., 0], clipped[..., 1]] + outside
        return found


def with_extent(
    slab: Slab, hull: bool, points: Float[np.ndarray, "N 3"], on: Bool[np.ndarray, " N"]
) -> RoomPlane:
    """The plane of a slab with its measured part.

    Args:
        slab: axis, side, offset and weight.
        hull: whether it closes the room.
        points: all that were measured.
        on: those of them that lie on the plane.
    """
    others = [k for k in range(3) if k != slab.axis]
    low, high = points[:, others].min(axis=0) - CELL, points[:, others].max(axis=0) + CELL
    shape = tuple(np.minimum(np.ceil((high - low) / CELL).astype(int) + 1, _MOST_CELLS))
    counts = np.zeros(shape, np.int64)
    cells = np.clip(((points[on][:, others] - low) / CELL).astype(int), 0, np.array(shape) - 1)
    np.add.at(counts, (cells[:, 0], cells[:, 1]), 1)
    filled = counts[counts > 0]
    well = float(np.quantile(filled, _WELL_MEASURED)) if len(filled) else 0.0
    empty = _without_lonely(counts < max(_LEAST_POINTS, _LEAST_FILLED * well))
    distance = ndimage.distance_transform_edt(empty) * CELL if not empty.all() else np.full(shape, NOWHERE)
    return RoomPlane(*slab, hull, distance.astype(np.float32), low)


def _without_lonely(empty: Bool[np.ndarray, "A B"]) -> Bool[np.ndarray, "A B"]:
    """Empty cells, with those that are filled by themselves alone: a stray point or two is not a surface."""
    labels, count = ndimage.label(~empty, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    lonely = (sizes[labels] < 2) & ~empty
    return empty | lonely if sizes[1:].max(initial=0) > 1 else empty


def inside_hull(
    planes: list[RoomPlane], points: Float[np.ndarray, "... 3"], margin: float
) -> Bool[np.ndarray, "..."]:
    """Whether points lie within the closing planes, ``margin`` beyond allowed."""
    inside = np.ones(points.shape[:-1], bool)
    for plane in planes:
        if plane.hull:
            inside &= (points[..., plane.axis] - plane.offset) * plane.sign > -margin
    return inside
