"""Planes of a room along its axes, and which of them every pixel without texture lies on.

Planes come from histograms of the measured points along the room's axes (Furukawa et al., Manhattan-world
stereo, 2009). Pixels choose among them by a Markov random field over the image, minimised by aggregating
along eight paths (Hirschmueller 2008).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy import ndimage

_CELL = 0.1
_MAX_PLANES = 26
_MOST_BEYOND = 0.03
_FARTHER = 0.35
#: planes nearer than this to each other are one wall, seen twice
_BLUR = 0.15
#: so near to a wall that many times stronger, a plane is its noise
_ECHO, _ECHO_WEIGHT = 0.5, 4.0
#: share of all evidence from which on an inner plane that faces down is one: undersides are small, and the
#: texture of walls is taken for one more often
_UNDERSIDE = 0.05
#: points that count as the measured part of a plane, as share of those in its well measured cells
_LEAST_FILLED = 0.05
#: most evidence seen through gaps in a wall, as share of the evidence for the wall
_WIDEST_GAP = 0.7


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
        cells = np.floor((points[..., others] - self.origin) / _CELL).astype(int)
        shape = np.array(self.distance.shape)
        clipped = np.clip(cells, 0, shape - 1)
        outside = np.linalg.norm(cells - clipped, axis=-1) * _CELL
        found: Float[np.ndarray, ...] = self.distance[clipped[..., 0], clipped[..., 1]] + outside
        return found


def find_planes(
    points: Float[np.ndarray, "N 3"],
    normals: Float[np.ndarray, "N 3"],
    weights: Float[np.ndarray, " N"],
    centres: Float[np.ndarray, "C 3"],
    sigma: float = 0.02,
    comparable: Callable[[Float[np.ndarray, "M 3"]], Bool[np.ndarray, " M"]] | None = None,
    seen_from: Float[np.ndarray, "N 3"] | None = None,
) -> list[RoomPlane]:
    """Planes with much evidence, and the six that close the room.

    Args:
        points, normals, weights: measured surface samples in the room frame (normals towards the cameras).
        centres: camera centres.
        sigma: expected noise of the points, in units.
        comparable: which points two photos show at least. A wall without evidence is put where the points end,
            unless they end because no two photos show more; then it is put farther away.
        seen_from: camera centre that each point was seen from. What is seen beyond a wall through a gap in it
            (a window, a door) then does not speak against the wall.
    """
    total = max(float(weights.sum()), 1e-9)
    found: list[tuple[int, int, float, float]] = []
    for axis in range(3):
        for sign in (-1, 1):
            facing = normals[:, axis] * sign > 0.85
            peaks = _peaks(points[facing, axis], weights[facing], sigma, 0.004 * total)
            found += [(axis, sign, offset, weight) for offset, weight in peaks]
    gaps = _Gaps(points, normals, weights, points if seen_from is None else seen_from, sigma)
    hull = [
        _hull_offset(axis, sign, found, points, weights, centres, comparable, gaps)
        for axis in range(3)
        for sign in (-1, 1)
    ]
    for axis, sign, offset in hull:
        if not any(f[:2] == (axis, sign) and abs(f[2] - offset) < 2 * sigma for f in found):
            found.append((axis, sign, offset, 0.0))
    closing = {(axis, sign): offset for axis, sign, offset in hull}
    found = [
        f
        for f in found
        if abs(closing[f[:2]] - f[2]) < 2 * sigma
        or not (_is_echo(f, found) or (f[:2] == (2, -1) and f[3] < _UNDERSIDE * total))
    ]
    found.sort(key=lambda f: (abs(closing[f[:2]] - f[2]) >= 2 * sigma, -f[3]))
    return [
        _with_extent(f, abs(closing[f[:2]] - f[2]) < 2 * sigma, points, normals, sigma)
        for f in found[:_MAX_PLANES]
    ]


def _is_echo(plane: tuple[int, int, float, float], found: list[tuple[int, int, float, float]]) -> bool:
    """Whether the plane is but the noise of a much stronger wall close by; level ones (tables) are kept."""
    axis, sign, offset, weight = plane
    return axis < 2 and any(
        f[:2] == (axis, sign) and abs(f[2] - offset) < _ECHO and f[3] > _ECHO_WEIGHT * weight for f in found
    )


@dataclass(frozen=True)
class _Gaps:
    """The measured points and where they were seen from, to tell gaps in a wall from the end of a wall."""

    points: Float[np.ndarray, "N 3"]
    normals: Float[np.ndarray, "N 3"]
    weights: Float[np.ndarray, " N"]
    seen_from: Float[np.ndarray, "N 3"]
    sigma: float

    def weight_beyond(self, plane: tuple[int, int, float, float]) -> float:
        """Evidence beyond the plane, without what was seen through a gap amid a wall's own measured part."""
        axis, sign, offset, own = plane
        beyond = (self.points[:, axis] - offset) * sign < -_CELL
        weight = float(self.weights[beyond].sum())
        if axis == 2 or not beyond.any():
            return weight
        others = [k for k in range(3) if k != axis]
        on = (np.abs(self.points[:, axis] - offset) < 2 * self.sigma) & (self.normals[:, axis] * sign > 0.7)
        if not on.any():
            return weight
        low, high = np.quantile(self.points[on][:, others], [0.02, 0.98], axis=0)
        far, near = self.points[beyond], self.seen_from[beyond]
        run = far[:, axis] - near[:, axis]
        share = np.where(np.abs(run) > 1e-9, (offset - near[:, axis]) / np.where(run == 0, 1.0, run), 1.0)
        crossing = (near + share[:, None] * (far - near))[:, others]
        through = (crossing > low).all(axis=1) & (crossing < high).all(axis=1)
        gap = float(self.weights[beyond][through].sum())
        return weight - gap if gap < _WIDEST_GAP * own else weight


def _peaks(
    values: Float[np.ndarray, " N"], weights: Float[np.ndarray, " N"], sigma: float, least: float
) -> list[tuple[float, float]]:
    """Offsets and weights of the densest slabs, densest first; slabs do not overlap."""
    if len(values) < 20:
        return []
    low, high = float(values.min()), float(values.max())
    bins = max(1, int((high - low) / (sigma / 2)) + 1)
    index = np.minimum(((values - low) / (sigma / 2)).astype(int), bins - 1)
    density = ndimage.gaussian_filter1d(np.bincount(index, weights, bins), 2.0, mode="constant")
    peaks = []
    for _ in range(8):
        top = int(np.argmax(density))
        centre = low + (top + 0.5) * sigma / 2
        near = np.abs(values - centre) < 2 * sigma
        weight = float(weights[near].sum())
        if weight < least or density[top] <= 0:
            break
        offset = float((values[near] * weights[near]).sum() / weight)
        peaks.append((offset, weight))
        density[max(0, top - 10) : top + 11] = 0.0
    return peaks


def _hull_offset(
    axis: int,
    sign: int,
    found: list[tuple[int, int, float, float]],
    points: Float[np.ndarray, "N 3"],
    weights: Float[np.ndarray, " N"],
    centres: Float[np.ndarray, "C 3"],
    comparable: Callable[[Float[np.ndarray, "M 3"]], Bool[np.ndarray, " M"]] | None,
    gaps: "_Gaps",
) -> tuple[int, int, float]:
    """Outermost well-supported plane with hardly a point beyond it, else the extent of the points."""
    side = -sign  # a wall that faces +x closes the room towards -x
    inner = (centres[:, axis] * side).max()
    most_beyond = _MOST_BEYOND * float(weights.sum())
    mine = [
        f
        for f in found
        if f[:2] == (axis, sign) and f[2] * side > inner and gaps.weight_beyond(f) <= most_beyond
    ]
    strongest = max((f[3] for f in mine), default=0.0)
    outer = [f for f in mine if f[3] >= 0.12 * strongest]
    if outer and strongest >= 0.01 * float(weights.sum()):
        outermost = max(outer, key=lambda f: f[2] * side)
        return axis, sign, max((f for f in mine if abs(f[2] - outermost[2]) < _BLUR), key=lambda f: f[3])[2]
    reach = float(np.quantile(points[:, axis] * side, 0.995)) if len(points) else inner
    if axis < 2 and comparable is not None and len(points):
        last = points[points[:, axis] * side >= reach][::3].copy()
        last[:, axis] = (reach + 2 * _CELL) * side
        if reach < inner or not comparable(last).mean() >= 0.5:
            reach = max(reach, inner) + _FARTHER * float(np.ptp(points[:, :2], axis=0).max())
    return axis, sign, max(reach, inner + 0.1) * side


def _with_extent(
    plane: tuple[int, int, float, float],
    hull: bool,
    points: Float[np.ndarray, "N 3"],
    normals: Float[np.ndarray, "N 3"],
    sigma: float,
) -> RoomPlane:
    axis, sign, offset, weight = plane
    others = [k for k in range(3) if k != axis]
    on = (np.abs(points[:, axis] - offset) < 2 * sigma) & (normals[:, axis] * sign > 0.7)
    low, high = points[:, others].min(axis=0) - _CELL, points[:, others].max(axis=0) + _CELL
    shape = tuple(np.minimum(np.ceil((high - low) / _CELL).astype(int) + 1, 400))
    counts = np.zeros(shape, np.int64)
    cells = np.clip(((points[on][:, others] - low) / _CELL).astype(int), 0, np.array(shape) - 1)
    np.add.at(counts, (cells[:, 0], cells[:, 1]), 1)
    filled = counts[counts > 0]
    empty = counts < max(2.0, _LEAST_FILLED * float(np.quantile(filled, 0.9)) if len(filled) else 0.0)
    empty = _without_lonely(empty)
    distance = ndimage.distance_transform_edt(empty) * _CELL if not empty.all() else np.full(shape, 10.0)
    return RoomPlane(axis, sign, offset, weight, hull, distance.astype(np.float32), low)


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
