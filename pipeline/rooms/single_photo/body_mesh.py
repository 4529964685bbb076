"""Closed bodies of what stands in one photo: a front, sides in the thing's own colour, a back."""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import ndimage

from pipeline.rooms.scene import Source, View
from pipeline.rooms.single_photo.extent import Extent
from pipeline.rooms.single_photo.parts import Part, sampled, triangles

#: step between the pixels that become vertices, px; set by hand, effect not measured
_STEP_PX = 2
#: ratio of depths within a cell of the grid, less 1, above which a front is torn, share; set by hand by
#: pictures of listings, effect not measured
_TORN = 0.03
#: and this many times what is usual around it: planes seen along their length step evenly, none; as above
_SLANT = 3.0
#: cells around that tell what is usual, count; as above
_AROUND = 7
#: rounds in which rims are smoothed, count; set by hand: steps of the grid, effect not measured
_SMOOTHINGS = 3
#: neighbours of a vertex along a smooth rim, count; by definition
_BOTH = 2
#: thickness beside the least width of a thing, ratio; set by hand by pictures of listings, effect not measured
_THICK = 0.8
#: least and largest thickness, metres; set by hand: a cushion, a wardrobe, effect not measured
_THICKNESS_M = (0.05, 0.6)
#: thinner than this a thing touches what is behind it, metres; set by hand, effect not measured
_TOUCHES_M = 0.01


def bodies_mesh(view: View, extent: Extent) -> Part:
    """Front, sides and back of everything that stands in front of the box.

    What the photo shows is marked as inferred, sides and backs as generated; they have the colours of the rim.
    """
    cut = np.s_[::_STEP_PX, ::_STEP_PX]
    depth, standing = view.depth_m()[cut].astype(np.float64), extent.standing[cut]
    whole = _whole(depth)
    faces = triangles(np.arange(depth.size).reshape(depth.shape), whole)
    faces = faces[standing.ravel()[faces].any(axis=1)]
    used, faces = np.unique(faces, return_inverse=True)
    rows, columns = np.divmod(used, depth.shape[1])
    pixel = _STEP_PX * np.stack([columns, rows], axis=1).astype(np.float64)
    front = depth.ravel()[used]
    thickness = _thickness(standing, depth, whole, view.K[0, 0] / _STEP_PX).ravel()[used]
    back = np.minimum(front + thickness, np.maximum(extent.depth_m[cut].ravel()[used], front))
    return _closed(view, pixel, front, back, faces.reshape(-1, 3))


def _whole(depth: Float[np.ndarray, "h w"]) -> Bool[np.ndarray, "g v"]:
    """Cells of the grid over which one surface goes on: depth steps there hardly more than around."""
    corners = np.stack([depth[:-1, :-1], depth[1:, :-1], depth[1:, 1:], depth[:-1, 1:]])
    step = corners.max(axis=0) / corners.min(axis=0) - 1.0
    whole: Bool[np.ndarray, "g v"] = step < _TORN + _SLANT * ndimage.median_filter(step, _AROUND)
    return whole


def _thickness(
    standing: Bool[np.ndarray, "h w"],
    depth: Float[np.ndarray, "h w"],
    whole: Bool[np.ndarray, "g v"],
    focal: float,
) -> Float[np.ndarray, "h w"]:
    """How thick things are taken to be, metres: about as the largest ball that fits into their outline.

    Pixels between things have that of the nearest one.
    """
    inside = np.pad(whole, ((0, 1), (0, 1))) & standing
    label, count = ndimage.label(inside)
    radius = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1] * depth / focal
    widest = np.asarray(ndimage.maximum(radius, label, np.arange(count + 1)))
    nearest = ndimage.distance_transform_edt(label == 0, return_distances=False, return_indices=True)
    thickness: Float[np.ndarray, "h w"] = np.clip(2 * _THICK * widest, *_THICKNESS_M)[label[tuple(nearest)]]
    return thickness


def _closed(
    view: View,
    pixel: Float[np.ndarray, "N 2"],
    front: Float[np.ndarray, " N"],
    back: Float[np.ndarray, " N"],
    faces: Int[np.ndarray, "F 3"],
) -> Part:
    """The front, strips from its rims backwards, and the front once more at the back, turned round."""
    rim, count = boundary_edges(faces), len(pixel)
    pixel = _smoothed(pixel, rim, view.image.shape[:2])
    deep = back - front > _TOUCHES_M
    a, b = rim[deep[rim].any(axis=1)].T
    rims, backs = count, 2 * count
    sides = [
        np.stack([b + rims, a + rims, a + backs], axis=1),
        np.stack([b + rims, a + backs, b + backs], axis=1),
    ]
    behind = faces[deep[faces].all(axis=1), ::-1] + backs
    used, renamed = np.unique(np.concatenate([faces, *sides, behind]), return_inverse=True)
    vertices = np.concatenate([_placed(view, pixel, depth) for depth in (front, front, back)])
    made = np.repeat([Source.INFERRED, Source.GENERATED, Source.GENERATED], count).astype(np.uint8)
    own = np.tile(np.arange(count), 3)[used]
    return Part(vertices[used], renamed.reshape(-1, 3), sampled(view.image, pixel)[own], made[used], pixel[own])


def _placed(
    view: View, pixel: Float[np.ndarray, "N 2"], depth: Float[np.ndarray, " N"]
) -> Float[np.ndarray, "N 3"]:
    """Points of the room at pixels of the photo; none below the floor."""
    rays = np.concatenate([pixel, np.ones((len(pixel), 1))], axis=1) @ np.linalg.inv(view.K).T
    points: Float[np.ndarray, "N 3"] = (rays * depth[:, None]) @ view.world_from_camera[:3, :3].T + view.centre
    points[:, 2] = np.maximum(points[:, 2], 0.0)
    return points


def _smoothed(
    pixel: Float[np.ndarray, "N 2"], rim: Int[np.ndarray, "E 2"], shape: tuple[int, int]
) -> Float[np.ndarray, "N 2"]:
    """Pixels of the vertices; rims are moved onto a smooth line, but not at the photo's border."""
    moved = pixel.copy()
    farthest = np.array(shape[::-1]) - 1 - _STEP_PX
    free = (pixel > 0).all(axis=1) & (pixel < farthest).all(axis=1)
    ends = np.concatenate([rim, rim[:, ::-1]])
    free &= np.bincount(ends[:, 0], minlength=len(pixel)) == _BOTH
    for _ in range(_SMOOTHINGS):
        total = np.zeros_like(moved)
        np.add.at(total, ends[:, 0], moved[ends[:, 1]])
        moved[free] = 0.5 * (moved[free] + total[free] / _BOTH)
    return moved


def boundary_edges(faces: Int[np.ndarray, "F 3"]) -> Int[np.ndarray, "E 2"]:
    """Edges of one face only, in the direction of that face."""
    edges = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
    _, index, count = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
    single: Int[np.ndarray, "E 2"] = edges[index[count == 1]]
    return single
