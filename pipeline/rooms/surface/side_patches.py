"""Close what no photo saw on floor, ceiling and outer walls, near what was seen of them."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial import cKDTree

from pipeline.machine import usable_threads
from pipeline.rooms.box import RoomPlane, closing_planes, corners, find_planes, inside_hull
from pipeline.rooms.scene import PointMaps, Source, SurfaceSamples, View

#: patches reach so far from what was seen of their plane, metres; set by hand, effect not measured
_REACH_M = 0.3
#: weight of a patch's points beside that of measured ones, none; by definition: they never outweigh a measured
#: one
_WEIGHT = 1e-3
#: so near to a plane a sample lies on it, metres; set by hand, effect not measured
_ON_SIDE_M = 0.03
#: and looks into the room like it, cosine; set by hand, effect not measured
_FACING = 0.85
#: a side with fewer samples was put elsewhere by the layout, or nobody looked at it, count; set by hand, effect
#: not measured
_LEAST_ON_SIDE = 50
#: farther than behind or under the middle of a big piece of furniture nothing is known of a side, metres; set
#: by hand: half the depth of a bed and more
_SIDE_REACH_M = 1.2
#: spacing of the points of a patch, voxels; set by hand: patches are flat
_PATCH_VOXELS = 1.5
#: patches stay inside the other planes by this, metres; set by hand, effect not measured
_INSIDE_M = 0.02
#: cells that box.planes counts distances in, metres; by definition: RoomPlane.distance
_PLANE_CELL_M = 0.1
#: nearer to a camera than this nothing is looked at, metres; by definition
_NEAR_M = 0.05
#: a photo looked through a point whose depth there is larger by this, ratio; set by hand: above the 5 % that a
#: sure depth may be off
_THROUGH = 1.06
#: a point this near to a sample is there already, voxels; set by hand, effect not measured
_THERE_VOXELS = 2.0
#: samples that a patch takes its colours from, count; set by hand, effect not measured
_COLOUR_NEIGHBOURS = 16
#: length within which they count about alike, metres; set by hand, effect not measured
_COLOUR_M = 0.1


def hull_patches(maps: PointMaps, samples: SurfaceSamples, voxel: float) -> SurfaceSamples:
    """Samples on the closing planes of the room where none were seen.

    A patch is at most 0.3 m away from something seen on the same plane, lies within the other closing planes,
    and no photo looked through it. Its colour is that of the seen samples around it.
    """
    centres = np.stack([view.centre for view in maps.views])
    planes = find_planes(samples.points, samples.normals, samples.weight, centres)
    found = []
    for plane in planes:
        if not plane.hull or plane.weight <= 0:
            continue
        points = _grid(plane, voxel * _PATCH_VOXELS)
        away = plane.distance_at(points)
        points = points[(away < _REACH_M) & inside_hull(planes, points, _INSIDE_M)]
        points = points[~_seen_through(points, maps.views)]
        found.append(_coloured(plane, points, samples, voxel))
    return SurfaceSamples.joined([samples, *found])


def side_patches(maps: PointMaps, samples: SurfaceSamples, voxel: float) -> SurfaceSamples:
    """Samples on the sides of the room where there are none yet, near others, and no photo looked through.

    With them the sides go on behind and under what stands before them.

    Args:
        maps: photos and generated views.
        samples: of both.
        voxel: spacing, metres.
    """
    planes = closing_planes(maps)
    low, high = corners(planes)
    found = [SurfaceSamples.empty()]
    for plane in planes:
        if _on(plane, samples).sum() < _LEAST_ON_SIDE:
            continue
        points = _between(plane, low, high, voxel * _PATCH_VOXELS)
        points = points[~_seen_through(points, maps.views)]
        found.append(_coloured(plane, points, samples, voxel, _SIDE_REACH_M))
    patches = SurfaceSamples.joined(found)
    return replace(patches, source=np.full(len(patches.points), Source.GENERATED, np.uint8))


def _grid(plane: RoomPlane, spacing: float) -> Float[np.ndarray, "N 3"]:
    low, high = np.zeros(3), np.zeros(3)
    others = [axis for axis in range(3) if axis != plane.axis]
    low[others], high[others] = plane.origin, plane.origin + np.array(plane.distance.shape) * _PLANE_CELL_M
    return _between(plane, low, high, spacing)


def _between(
    plane: RoomPlane, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"], spacing: float
) -> Float[np.ndarray, "N 3"]:
    others = [axis for axis in range(3) if axis != plane.axis]
    a, b = (np.arange(low[axis], high[axis], spacing) for axis in others)
    grid = np.zeros((len(a) * len(b), 3))
    grid[:, others[0]], grid[:, others[1]] = np.repeat(a, len(b)), np.tile(b, len(a))
    grid[:, plane.axis] = plane.offset
    return grid


def _seen_through(points: Float[np.ndarray, "N 3"], views: tuple[View, ...]) -> Bool[np.ndarray, " N"]:
    through = np.zeros(len(points), bool)
    for view in views:
        local = (points - view.centre) @ view.world_from_camera[:3, :3]
        z = np.maximum(local[:, 2], 1e-6)
        x = np.rint(view.K[0, 0] * local[:, 0] / z + view.K[0, 2]).astype(np.int64)
        y = np.rint(view.K[1, 1] * local[:, 1] / z + view.K[1, 2]).astype(np.int64)
        height, width = view.image.shape[:2]
        inside = (local[:, 2] > _NEAR_M) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
        depth = view.depth_m()[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
        through |= inside & (depth > _THROUGH * z)
    return through


def _on(plane: RoomPlane, samples: SurfaceSamples) -> Bool[np.ndarray, " N"]:
    near = np.abs(samples.points[:, plane.axis] - plane.offset) < _ON_SIDE_M
    on: Bool[np.ndarray, " N"] = near & (samples.normals[:, plane.axis] * plane.sign > _FACING)
    return on


def _coloured(
    plane: RoomPlane,
    points: Float[np.ndarray, "N 3"],
    samples: SurfaceSamples,
    voxel: float,
    reach_m: float = np.inf,
) -> SurfaceSamples:
    """Patch samples away from anything already there, coloured from their neighbourhood on the plane."""
    on = _on(plane, samples)
    if not on.any() or len(points) == 0:
        return SurfaceSamples.empty()
    tree = cKDTree(samples.points[on])
    distance, index = tree.query(points, k=min(_COLOUR_NEIGHBOURS, int(on.sum())), workers=usable_threads())
    distance, index = distance.reshape(len(points), -1), index.reshape(len(points), -1)
    free = (distance[:, 0] > _THERE_VOXELS * voxel) & (distance[:, 0] < reach_m)
    distance, index = distance[free], index[free]
    near = 1.0 / (distance + _COLOUR_M)
    colors = (samples.colors[on][index] * near[..., None]).sum(axis=1) / near.sum(axis=1, keepdims=True)
    normals = np.zeros((int(free.sum()), 3))
    normals[:, plane.axis] = plane.sign
    source = np.full(len(normals), Source.INFERRED, np.uint8)
    return SurfaceSamples(points[free], normals, colors, np.full(len(normals), _WEIGHT), source)
