"""Planes of a room along its axes, and which of them close it.

Planes come from histograms of the measured points along the room's axes (Furukawa et al., Manhattan-world
stereo, 2009). Which of them are walls :mod:`pipeline.rooms.box.wall_position` decides.
"""

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from pipeline.rooms.box.room_plane import RoomPlane, Slab, with_extent
from pipeline.rooms.box.wall_position import Comparable, Seen, wall_offset

#: expected noise of measured points, units; set by hand, effect not measured
_NOISE = 0.02
#: planes of a room at most, count; each costs a comparison of photos, set by hand, effect not measured
_MAX_PLANES = 26
#: slabs that are looked for on each of the six sides at most, count; set by hand, effect not measured
_MOST_PER_SIDE = 8
#: least cosine of the normal of a point that speaks for a plane, cosine; 32 degrees, set by hand, effect not
#: measured
_FACING = 0.85
#: evidence that a slab needs, share of all; set by hand, effect not measured
_LEAST_EVIDENCE = 0.004
#: fewest points in which slabs are looked for, count; set by hand, effect not measured
_LEAST_POINTS = 20
#: smoothing of the histogram, bins of half the noise; set by hand, effect not measured
_SMOOTH_BINS = 2.0
#: two slabs are so far apart at least, bins of half the noise; set by hand, effect not measured
_APART_BINS = 10
#: so near to a wall much stronger a plane is its noise, units; came with the sides found by their edges: AbsRel
#: n4 .40 to .24, kitchen .23 to .11
_ECHO = 0.5
#: how many times stronger, ratio; came with the sides found by their edges: AbsRel n4 .40 to .24, kitchen .23
#: to .11
_ECHO_WEIGHT = 4.0
#: evidence from which on an inner plane that faces down is one, share of all; undersides are small, and the
#: texture of walls is taken for one more often: with it the lumps on both demo ceilings are gone
_UNDERSIDE = 0.05


def find_planes(
    points: Float[np.ndarray, "N 3"],
    normals: Float[np.ndarray, "N 3"],
    weights: Float[np.ndarray, " N"],
    centres: Float[np.ndarray, "C 3"],
    sigma: float = _NOISE,
    comparable: Comparable | None = None,
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
    seen = Seen(points, normals, weights, points if seen_from is None else seen_from, centres, sigma)
    found = _slabs(seen)
    sides = [(axis, sign) for axis in range(3) for sign in (-1, 1)]
    closing = {side: wall_offset(seen, found, *side, comparable) for side in sides}

    def closes(slab: Slab) -> bool:
        return abs(closing[slab.side] - slab.offset) < 2 * sigma

    found += [
        Slab(*side, closing[side], 0.0)
        for side in sides
        if not any(slab.side == side and closes(slab) for slab in found)
    ]
    total = _total(seen)
    kept = [slab for slab in found if closes(slab) or not _is_noise(slab, found, total)]
    kept.sort(key=lambda slab: (not closes(slab), -slab.weight))
    return [with_extent(slab, closes(slab), points, seen.on(slab)) for slab in kept[:_MAX_PLANES]]


def _total(seen: Seen) -> float:
    return max(float(seen.weights.sum()), 1e-9)


def _slabs(seen: Seen) -> list[Slab]:
    """The densest slabs of all six sides."""
    least = _LEAST_EVIDENCE * _total(seen)
    found = []
    for axis in range(3):
        for sign in (-1, 1):
            facing = seen.normals[:, axis] * sign > _FACING
            peaks = _peaks(seen.points[facing, axis], seen.weights[facing], seen.sigma, least)
            found += [Slab(axis, sign, offset, weight) for offset, weight in peaks]
    return found


def _is_noise(plane: Slab, found: list[Slab], total: float) -> bool:
    """Whether a plane is but the noise of a much stronger wall close by, or too weak for an underside.

    Level planes (tables) close to a stronger one are kept.
    """
    underside = plane.side == (2, -1) and plane.weight < _UNDERSIDE * total
    return underside or (
        plane.axis < 2
        and any(
            other.side == plane.side
            and abs(other.offset - plane.offset) < _ECHO
            and other.weight > _ECHO_WEIGHT * plane.weight
            for other in found
        )
    )


def _peaks(
    values: Float[np.ndarray, " N"], weights: Float[np.ndarray, " N"], sigma: float, least: float
) -> list[tuple[float, float]]:
    """Offsets and weights of the densest slabs, densest first; slabs do not overlap."""
    if len(values) < _LEAST_POINTS:
        return []
    low, high = float(values.min()), float(values.max())
    bins = max(1, int((high - low) / (sigma / 2)) + 1)
    index = np.minimum(((values - low) / (sigma / 2)).astype(int), bins - 1)
    density = ndimage.gaussian_filter1d(np.bincount(index, weights, bins), _SMOOTH_BINS, mode="constant")
    peaks = []
    for _ in range(_MOST_PER_SIDE):
        top = int(np.argmax(density))
        centre = low + (top + 0.5) * sigma / 2
        near = np.abs(values - centre) < 2 * sigma
        weight = float(weights[near].sum())
        if weight < least or density[top] <= 0:
            break
        offset = float((values[near] * weights[near]).sum() / weight)
        peaks.append((offset, weight))
        density[max(0, top - _APART_BINS) : top + _APART_BINS + 1] = 0.0
    return peaks
