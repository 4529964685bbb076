"""Where a wall stands by what was measured: the file that decides the offset of each side of a room.

A side stands at the outermost plane that much evidence speaks for and beyond which hardly anything was seen,
except through a gap (a window, a door). Where no plane is strong enough it stands where the points end, or
farther out where they end because no two photos show more. What the photos show of its edges may move it
afterwards (:mod:`pipeline.rooms.box.sides_from_pictures`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from pipeline.rooms.box.room_plane import CELL, Slab

#: most evidence beyond a wall, share of all; set by hand, effect not measured
_MOST_BEYOND = 0.03
#: most evidence seen through gaps in a wall, share of the evidence for the wall; set by hand, effect not
#: measured
_WIDEST_GAP = 0.7
#: share of the strongest plane's evidence from which on another one may be the wall, share; set by hand, effect
#: not measured
_STRONG = 0.12
#: share of all evidence that the strongest plane of a side needs, share; set by hand, effect not measured
_LEAST_STRONGEST = 0.01
#: planes nearer than this to each other are one wall, seen twice, units; came with the sides found by their
#: edges: AbsRel n4 .40 to .24, kitchen .23 to .11
_BLUR = 0.15
#: share of the points within the place where they end, share; set by hand, effect not measured
_HELD = 0.995
#: how much farther out a wall stands where no two photos show more, largest extent of the points; set by hand,
#: effect not measured
_FARTHER = 0.35
#: least distance from the outermost camera to a wall, units; set by hand, effect not measured
_NEAREST = 0.1
#: least cosine of the normal of a point that lies on a plane, cosine; 45 degrees
_ON_PLANE = 0.7
#: shares of a wall's points between which its measured part lies on each axis, shares; set by hand, effect not
#: measured
_MEASURED_PART = (0.02, 0.98)
#: every so many of the last points are asked whether two photos show the place behind them, count; saves time
_EVERY = 3

Comparable = Callable[[Float[np.ndarray, "M 3"]], Bool[np.ndarray, " M"]]


@dataclass(frozen=True)
class Seen:
    """The measured points and where they were seen from.

    Attributes:
        points, normals, weights: surface samples in the room frame, normals towards the cameras.
        seen_from: camera centre that each was seen from.
        centres: of all cameras.
        sigma: expected noise of the points, in units.
    """

    points: Float[np.ndarray, "N 3"]
    normals: Float[np.ndarray, "N 3"]
    weights: Float[np.ndarray, " N"]
    seen_from: Float[np.ndarray, "N 3"]
    centres: Float[np.ndarray, "C 3"]
    sigma: float

    def on(self, slab: Slab) -> Bool[np.ndarray, " N"]:
        """Points on the plane of a slab that face its side."""
        near = np.abs(self.points[:, slab.axis] - slab.offset) < 2 * self.sigma
        on: Bool[np.ndarray, " N"] = near & (self.normals[:, slab.axis] * slab.sign > _ON_PLANE)
        return on

    def weight_beyond(self, slab: Slab) -> float:
        """Evidence beyond the plane, without what was seen through a gap amid a wall's own measured part."""
        beyond = (self.points[:, slab.axis] - slab.offset) * slab.sign < -CELL
        weight = float(self.weights[beyond].sum())
        if slab.axis == 2 or not beyond.any():
            return weight
        on = self.on(slab)
        if not on.any():
            return weight
        gap = float(self.weights[beyond][self._through(slab, on, beyond)].sum())
        return weight - gap if gap < _WIDEST_GAP * slab.weight else weight

    def _through(
        self, slab: Slab, on: Bool[np.ndarray, " N"], beyond: Bool[np.ndarray, " N"]
    ) -> Bool[np.ndarray, " B"]:
        """Which of the points beyond a wall were seen through its measured part."""
        others = [k for k in range(3) if k != slab.axis]
        low, high = np.quantile(self.points[on][:, others], _MEASURED_PART, axis=0)
        far, near = self.points[beyond], self.seen_from[beyond]
        run = far[:, slab.axis] - near[:, slab.axis]
        to_wall = slab.offset - near[:, slab.axis]
        share = np.where(np.abs(run) > 1e-9, to_wall / np.where(run == 0, 1.0, run), 1.0)
        crossing = (near + share[:, None] * (far - near))[:, others]
        through: Bool[np.ndarray, " B"] = (crossing > low).all(axis=1) & (crossing < high).all(axis=1)
        return through


def wall_offset(seen: Seen, found: list[Slab], axis: int, sign: int, comparable: Comparable | None) -> float:
    """Where the side of the room stands that faces ``sign`` along ``axis``.

    Args:
        seen: the measured points.
        found: slabs of all sides.
        axis, sign: of the side.
        comparable: which points two photos show at least.
    """
    outward = -sign  # a wall that faces +x closes the room towards -x
    inner = float((seen.centres[:, axis] * outward).max())
    mine = [slab for slab in found if slab.side == (axis, sign) and slab.offset * outward > inner]
    wall = _measured_wall(seen, mine, outward)
    return _end_of_points(seen, axis, outward, inner, comparable) if wall is None else wall.offset


def _measured_wall(seen: Seen, mine: list[Slab], outward: int) -> Slab | None:
    """Outermost well-supported plane with hardly a point beyond it."""
    total = float(seen.weights.sum())
    mine = [slab for slab in mine if seen.weight_beyond(slab) <= _MOST_BEYOND * total]
    strongest = max((slab.weight for slab in mine), default=0.0)
    outer = [slab for slab in mine if slab.weight >= _STRONG * strongest]
    if not outer or strongest < _LEAST_STRONGEST * total:
        return None
    outermost = max(outer, key=lambda slab: slab.offset * outward)
    same = [slab for slab in mine if abs(slab.offset - outermost.offset) < _BLUR]
    return max(same, key=lambda slab: slab.weight)


def _end_of_points(seen: Seen, axis: int, outward: int, inner: float, comparable: Comparable | None) -> float:
    """Where the points end, or farther out where no two photos show what lies there."""
    points = seen.points
    reach = float(np.quantile(points[:, axis] * outward, _HELD)) if len(points) else inner
    if axis < 2 and comparable is not None and len(points):
        last = points[points[:, axis] * outward >= reach][::_EVERY].copy()
        last[:, axis] = (reach + 2 * CELL) * outward
        if reach < inner or not comparable(last).mean() >= 0.5:
            reach = max(reach, inner) + _FARTHER * float(np.ptp(points[:, :2], axis=0).max())
    return max(reach, inner + _NEAREST) * outward
