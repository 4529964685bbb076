"""What several photos guess of one place must agree: guesses in front of what another photo sees give way.

Visibility between depth maps as in Merrell et al., *Real-time visibility-based fusion of depth maps* (2007): a
point that another photo looks through contradicts that photo. Measured depth and the closing planes of the room
win over a guess; of two guesses the one nearer to something measured wins. Behind the loser is the wall.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8
from numba import njit

from pipeline.rooms.depth.confidence import Kind
from pipeline.rooms.scene import PointMaps, Source

#: a point nearer than this part of what a photo sees there stands in its way, share of depth; set by hand,
#: effect not measured
_IN_FRONT: Final = 0.94
#: a guess loses against anything so many times surer, ratio of trusts; set by hand, effect not measured
_SURER: Final = 1.15
#: a wall is confirmed if another photo sees it within this of its depth, share of depth; 1 - _IN_FRONT
_SAME = 0.06
#: and so surely, trust; below a wall that was measured somewhere (.45), above one that was not (.25)
_CERTAIN = 0.4
#: a point must lie so far before a photo to show in it, units; set by hand, effect not measured
_BEFORE = 0.05


@dataclass(frozen=True)
class _Map:
    depth: Float32[np.ndarray, "H W"]
    trust: Float32[np.ndarray, "H W"]


def push_back_contradicted(
    maps: PointMaps,
    kinds: list[UInt8[np.ndarray, "H W"]],
    trust: list[Float32[np.ndarray, "H W"]],
    closing: list[Float[np.ndarray, "H W 3"]],
) -> tuple[PointMaps, list[UInt8[np.ndarray, "H W"]]]:
    """The maps without guesses that a surer pixel of another photo looks through.

    They move to the wall behind them where another photo sees that wall, else stay, marked as refuted.

    Args:
        maps: of all photos.
        kinds: how every depth came about (:class:`pipeline.rooms.depth.confidence.Kind`).
        trust: how sure the depth of every pixel of every view is, to compare guesses by.
        closing: where the ray of every pixel leaves the room.

    Returns:
        The maps, and the kinds with those that moved or were refuted.
    """
    looked = [
        _Map(view.depth_m().astype(np.float32), sure) for view, sure in zip(maps.views, trust, strict=True)
    ]
    views, settled = [], []
    for index, view in enumerate(maps.views):
        lost, wall = _lost(maps, looked, closing[index], index)
        points = np.where(wall[..., None], closing[index], view.points).astype(np.float32)
        views.append(replace(view, points=points))
        kind = np.where(lost, np.where(wall, Kind.MOVED, Kind.REFUTED), kinds[index])
        settled.append(kind.astype(np.uint8))
    return replace(maps, views=tuple(views)), settled


def _lost(
    maps: PointMaps, looked: list[_Map], closing: Float[np.ndarray, "H W 3"], index: int
) -> tuple[Bool[np.ndarray, "H W"], Bool[np.ndarray, "H W"]]:
    """Guesses of a photo that another one refutes, and those of them whose wall another one sees."""
    view, own = maps.views[index], looked[index].trust
    lost = np.zeros(own.shape, np.bool_)
    wall = np.zeros(own.shape, np.bool_)
    for other, seen in enumerate(looked):
        if other != index:
            P = maps.views[other].K @ np.linalg.inv(maps.views[other].world_from_camera)[:3]
            _compare(view.points, own, P, seen.depth, seen.trust, closing, lost, wall)
    lost &= view.source == Source.INFERRED
    return lost, wall & lost


@njit(cache=True, nogil=True, fastmath=True)
def _compare(points, own, P, depth, trust, closing, lost, wall):  # type: ignore[no-untyped-def]
    """Mark pixels whose point is in front of a surer pixel of the other photo, and those whose wall it sees."""
    for y in range(points.shape[0]):
        for x in range(points.shape[1]):
            z, u, v = _seen(P, points[y, x], depth.shape)
            if u >= 0 and z < _IN_FRONT * depth[v, u] and trust[v, u] > _SURER * own[y, x]:
                lost[y, x] = True
            z, u, v = _seen(P, closing[y, x], depth.shape)
            if u >= 0 and trust[v, u] > _CERTAIN and abs(z / depth[v, u] - 1.0) < _SAME:
                wall[y, x] = True


@njit(cache=True, nogil=True, fastmath=True)
def _seen(P, point, shape):  # type: ignore[no-untyped-def]
    """Depth and pixel of a point in a photo; pixel -1 where it does not show."""
    z = P[2, 0] * point[0] + P[2, 1] * point[1] + P[2, 2] * point[2] + P[2, 3]
    if not z > _BEFORE:
        return z, -1, -1
    u = (P[0, 0] * point[0] + P[0, 1] * point[1] + P[0, 2] * point[2] + P[0, 3]) / z
    v = (P[1, 0] * point[0] + P[1, 1] * point[1] + P[1, 2] * point[2] + P[1, 3]) / z
    if u < 0 or v < 0 or u > shape[1] - 1 or v > shape[0] - 1:
        return z, -1, -1
    return z, int(u + 0.5), int(v + 0.5)
