"""What several photos guess of one place must agree: guesses in front of what another photo sees are dropped.

Visibility between depth maps as in Merrell et al., *Real-time visibility-based fusion of depth maps* (2007): a
point that another photo looks through contradicts that photo. Measured depth and the closing planes of the room
win over a guess; of two guesses the one nearer to something measured wins.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float32
from numba import njit

from pipeline.rooms.point_maps import PointMaps, Source

#: a point this much nearer than what a photo sees there stands in its way
_IN_FRONT: Final = 0.94
#: a guess loses against anything more than this much surer
_SURER: Final = 1.15
_DROPPED: Final = 0.02


@dataclass(frozen=True)
class _Map:
    depth: Float32[np.ndarray, "H W"]
    trust: Float32[np.ndarray, "H W"]


def drop_contradicted(maps: PointMaps, trust: list[Float32[np.ndarray, "H W"]]) -> PointMaps:
    """The maps, with guesses that a surer pixel of another photo looks through made too weak for the surface.

    Args:
        maps: of all photos.
        trust: how sure the depth of every pixel of every view is, to compare guesses by.
    """
    looked = [
        _Map(view.depth_m().astype(np.float32), sure) for view, sure in zip(maps.views, trust, strict=True)
    ]
    views = []
    for index, view in enumerate(maps.views):
        lost = np.zeros(view.depth_m().shape, np.bool_)
        for other, seen in enumerate(looked):
            if other != index:
                P = maps.views[other].K @ np.linalg.inv(maps.views[other].world_from_camera)[:3]
                _mark(view.points, looked[index].trust, P, seen.depth, seen.trust, lost)
        weak = lost & (view.source == Source.INFERRED)
        views.append(replace(view, confidence=np.where(weak, _DROPPED, view.confidence).astype(np.float32)))
    return replace(maps, views=tuple(views))


@njit(cache=True, nogil=True, fastmath=True)
def _mark(points, own, P, depth, trust, lost):  # type: ignore[no-untyped-def]
    """Mark the pixels whose point is in front of a surer pixel of the other photo."""
    for y in range(points.shape[0]):
        for x in range(points.shape[1]):
            p = points[y, x]
            z = P[2, 0] * p[0] + P[2, 1] * p[1] + P[2, 2] * p[2] + P[2, 3]
            if not z > 0.05:
                continue
            u = (P[0, 0] * p[0] + P[0, 1] * p[1] + P[0, 2] * p[2] + P[0, 3]) / z
            v = (P[1, 0] * p[0] + P[1, 1] * p[1] + P[1, 2] * p[2] + P[1, 3]) / z
            if u < 0 or v < 0 or u > depth.shape[1] - 1 or v > depth.shape[0] - 1:
                continue
            iu, iv = int(u + 0.5), int(v + 0.5)
            if z < _IN_FRONT * depth[iv, iu] and trust[iv, iu] > _SURER * own[y, x]:
                lost[y, x] = True
