"""Where the room ends: the six planes that close it, also where a side was on no photo.

A side that was measured is where most of it was measured: panes and recesses a little behind a wall belong to
the wall. Of a side that no photo shows two things are known: whatever was seen of floor, ceiling and the other
walls lies before it, and so does whoever took the photos.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float

from pipeline.rooms.box.measured_planes import find_planes
from pipeline.rooms.box.room_plane import RoomPlane
from pipeline.rooms.scene import PointMaps, Source, SurfaceSamples, View, collect, merge

#: confidence from which on a point is looked at, share; far below the .3 of a surface, so that plain walls
#: count
_CONFIDENT: Final = 0.05
#: side of the cells in which samples are merged, metres; twice the noise of a plane
_SAMPLE_VOXEL_M: Final = 0.04
#: pixels of all views together that are looked at, count; samples are merged far more coarsely than they lie
_LOOKED_AT_PX: Final = 600_000
#: windows and doors lie up to this far behind the inner face of their wall, metres; usual walls, set by hand,
#: effect not measured
_REVEAL_M: Final = 0.25
#: a strip of a wall is nearer than this to the last that was seen of its neighbours, metres; set by hand,
#: effect not measured
_STRIP_M: Final = 0.35
#: of several such strips the outermost counts that was measured so well beside the best, share; set by hand,
#: effect not measured
_AS_GOOD: Final = 0.5
#: height from which on an upright plane is a wall rather than furniture, heights of the room; set by hand,
#: effect not measured
_TALL: Final = 0.8
#: a point nearer than this to a plane lies on it, metres; twice the noise of a plane
_ON_PLANE_M: Final = 0.04
#: least cosine of its normal and the plane's, cosine; that of measured_planes.py
_FACING: Final = 0.85
#: share of the points on a plane below its upper end, share; one in fifty may be wrong
_HELD: Final = 0.98
#: area that must have been seen so far out, square metres; 32 samples, so that single wrong points do not count
_REACH_M2: Final = 0.05
#: least distance from a camera to what is behind whoever holds it, metres; .3 for the person, .35 for bent arms
_BEHIND_M: Final = 0.65
#: photos are taken at least so high above the floor, metres; at the eyes or at the chest
_ABOVE_FLOOR_M: Final = 1.4
#: and so far below the ceiling, metres; a ceiling of 2.4 m above a camera at 1.6 m
_BELOW_CEILING_M: Final = 0.8
#: sides lie a little beyond the nearest place where they could be, and seldom far beyond it, metres; set by
#: hand, effect not measured
_BEYOND_M: Final = 0.1


@dataclass(frozen=True)
class _Evidence:
    samples: SurfaceSamples
    planes: list[RoomPlane]
    centres: Float[np.ndarray, "C 3"]

    def closing(self, axis: int, sign: int) -> RoomPlane:
        return next(p for p in self.planes if p.hull and (p.axis, p.sign) == (axis, sign))


def closing_planes(maps: PointMaps) -> list[RoomPlane]:
    """The six planes that close the room, in the order -x +x -y +y floor ceiling.

    A plane of weight 0 was not measured: its place is a guess.

    Raises:
        ValueError: the maps hold no confident point.
    """
    photos = maps.of_cameras()
    share = _LOOKED_AT_PX / max(sum(view.source.size for view in photos.views), 1)
    photos = replace(photos, views=tuple(_thinned(view, share) for view in photos.views))
    samples = collect(photos, _CONFIDENT)
    if len(samples.points) == 0:
        raise ValueError("the point maps hold no confident point, so there is no room to report on")
    merged = merge(samples, _SAMPLE_VOXEL_M)
    centres = np.stack([view.centre for view in photos.views])
    planes = find_planes(merged.points, merged.normals, merged.weight, centres)
    evidence = _Evidence(merged, planes, centres)
    return [_settled(evidence, axis, sign) for axis in range(3) for sign in (1, -1)]


def corners(planes: Sequence[RoomPlane]) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """Lower and upper corner of the room between its six closing planes."""
    low, high = np.zeros(3), np.zeros(3)
    for plane in planes:
        (low if plane.sign > 0 else high)[plane.axis] = plane.offset
    return low, high


def _thinned(view: View, share: float) -> View:
    step = int(np.ceil(np.sqrt(1 / share)))
    if step <= 1:
        return view
    K = view.K / step
    K[2, 2] = 1.0
    arrays = {name: getattr(view, name)[::step, ::step] for name in ("image", "points", "confidence", "source")}
    return replace(view, K=K, **arrays)


def _settled(evidence: _Evidence, axis: int, sign: int) -> RoomPlane:
    """The closing plane on one side: measured, else the strip of it that was seen, else a guess."""
    plane = evidence.closing(axis, sign)
    outward, inner = -sign, float((evidence.centres[:, axis] * -sign).max())
    mine = [
        other
        for other in evidence.planes
        if (other.axis, other.sign) == (axis, sign) and other.weight > 0 and other.offset * outward > inner
    ]
    if plane.weight > 0:
        near = [other for other in mine if 0 <= (plane.offset - other.offset) * outward < _REVEAL_M]
        return max(near, key=lambda other: other.weight, default=plane) if axis < 2 else plane
    reach = _reach(evidence, axis, outward)
    strip = _outermost_strip(evidence, mine, reach, outward) if axis < 2 else None
    if strip is not None:
        return strip
    clearance = _BEHIND_M if axis < 2 else (_ABOVE_FLOOR_M if sign > 0 else _BELOW_CEILING_M)
    return replace(plane, offset=(max(reach, inner + clearance) + _BEYOND_M) * outward)


def _outermost_strip(
    evidence: _Evidence, planes: list[RoomPlane], reach: float, outward: int
) -> RoomPlane | None:
    """The outermost well measured plane that can be a strip of a wall; ``None`` where there is none."""
    strips = [plane for plane in planes if plane.offset * outward > reach - _STRIP_M and _tall(evidence, plane)]
    strongest = max((plane.weight for plane in strips), default=0.0)
    good = [plane for plane in strips if plane.weight >= _AS_GOOD * strongest]
    return max(good, key=lambda plane: plane.offset * outward, default=None)


def _reach(evidence: _Evidence, axis: int, outward: int) -> float:
    """How far out (coordinate along ``outward``) something was seen on the measured sides across this one."""
    points, normals = evidence.samples.points, evidence.samples.normals
    on = np.zeros(len(points), bool)
    for plane in evidence.planes:
        if plane.axis != axis and plane.hull and plane.weight > 0:
            close = np.abs(points[:, plane.axis] - plane.offset) < _ON_PLANE_M
            on |= close & (normals[:, plane.axis] * plane.sign > _FACING)
    # depth that was only inferred ends where the planes were guessed to end
    measured = on & (evidence.samples.source == Source.MEASURED)
    beyond = 1 + int(_REACH_M2 / _SAMPLE_VOXEL_M**2)
    which = next((mask for mask in (measured, on) if mask.sum() > beyond), np.ones(len(points), bool))
    far = np.sort(points[which, axis] * outward)
    return float(far[-min(len(far), beyond)])


def _tall(evidence: _Evidence, plane: RoomPlane) -> bool:
    points, normals = evidence.samples.points, evidence.samples.normals
    on = np.abs(points[:, plane.axis] - plane.offset) < _ON_PLANE_M
    on &= normals[:, plane.axis] * plane.sign > _FACING
    if not on.any():
        return False
    floor, ceiling = evidence.closing(2, 1).offset, evidence.closing(2, -1).offset
    return float(np.quantile(points[on, 2], _HELD)) > floor + _TALL * (ceiling - floor)
