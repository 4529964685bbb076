"""What is hidden of the planes: labels without speckles, and colours of planes of which no pixel is known."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy import ndimage

from pipeline.rooms.inpainting.hole import Hole, PlaneLabels
from pipeline.rooms.inpainting.rectify import plane_places

#: planes that face the same way, cosine; by definition: planes of a room are parallel or upright on each other
_SIMILAR = 0.8
#: fewer known pixels say nothing of a plane's light, px; set by hand, effect not measured
_FEW = 40
#: layers of height in which the light of a wall is taken over, count; set by hand, effect not measured
_LAYERS = 5
#: labels are smoothed over this, share of the longer side; by hand on the planar cases, effect by itself not
#: measured
_SPECKLE_SHARE = 0.012


def without_speckles(hole: Hole) -> Hole:
    """The hole with hidden pixels on the plane that most pixels around them lie on.

    Labels from depth or a mesh are speckled, and each speckle would be filled on its own. Visible pixels keep
    theirs.
    """
    planes = hole.planes
    if planes is None:
        return hole
    side = 2 * round(0.5 * _SPECKLE_SHARE * max(hole.mask.shape)) + 1
    present = np.unique(planes.labels[hole.mask])
    votes = [ndimage.uniform_filter((planes.labels == label).astype(np.float32), side) for label in present]
    most = present[np.argmax(votes, axis=0)]
    return replace(hole, planes=replace(planes, labels=np.where(hole.mask, most, planes.labels)))


def colour_hidden_planes(
    hole: Hole, picture: Float32[np.ndarray, "H W 3"], left: Bool[np.ndarray, "H W"]
) -> Bool[np.ndarray, "H W"]:
    """Give planes without a known pixel the light of similar planes (walls from walls, floor from floor).

    Walls also take over how light changes with height on the known walls; other planes get the median of
    their like. Planes without a similar one are left to the patches of the neighbourhood.

    Returns:
        the pixels written into ``picture``.
    """
    planes = hole.planes
    written = np.zeros_like(left)
    if planes is None:
        return written
    for plane in np.unique(planes.labels[left & (planes.labels >= 0)]):
        here = left & (planes.labels == plane)
        like = np.isin(planes.labels, similar_planes(planes, int(plane))) & ~hole.mask
        if like.sum() < _FEW:
            continue
        picture[here] = _light_of(hole, planes.normals[plane], picture[like], like, here)
        written |= here
    return written


def _light_of(
    hole: Hole,
    facing: Float[np.ndarray, " 3"],
    colours: Float32[np.ndarray, "N 3"],
    like: Bool[np.ndarray, "H W"],
    here: Bool[np.ndarray, "H W"],
) -> Float32[np.ndarray, "*M 3"]:
    """Colours for the pixels ``here`` of a plane that looks this way, from the ``colours`` of its like."""
    up = None if hole.planes is None else _vertical(hole.planes)
    if up is None or abs(facing @ up) > 1 - _SIMILAR:
        return np.asarray(np.median(colours, axis=0), dtype=np.float32)
    heights = _heights_m(hole, up)
    return _by_height(heights[like], colours, heights[here])


def _heights_m(hole: Hole, up: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "H W"]:
    """Height above the camera of what each pixel looks at, on its own plane."""
    planes, heights = hole.planes, np.zeros(hole.mask.shape)
    if planes is None or hole.K is None:
        return heights
    for plane, (normal, offset, axes) in enumerate(
        zip(planes.normals, planes.offsets, planes.axes, strict=True)
    ):
        on = planes.labels == plane
        if on.any():
            places, _ = plane_places(hole.K, normal, offset, axes, on.shape)
            foot = offset * float(normal @ up)
            heights[on] = (foot + places @ (axes @ up))[on]
    return heights


def _by_height(
    known_m: Float[np.ndarray, " N"], colours: Float32[np.ndarray, "N 3"], wanted_m: Float[np.ndarray, " M"]
) -> Float32[np.ndarray, "M 3"]:
    """Median colour of the nearest layer of height; layers hold equally many known pixels, ends stay level."""
    edges = np.quantile(known_m, np.linspace(0, 1, _LAYERS + 1))
    layer = np.clip(np.searchsorted(edges, known_m, side="right") - 1, 0, _LAYERS - 1)
    filled = [index for index in range(_LAYERS) if (layer == index).any()]
    middle = np.array([np.median(known_m[layer == index]) for index in filled])
    colour = np.array([np.median(colours[layer == index], axis=0) for index in filled])
    made = [np.interp(wanted_m, middle, colour[:, channel]) for channel in range(colours.shape[1])]
    return np.stack(made, axis=-1).astype(np.float32)


def similar_planes(planes: PlaneLabels, plane: int) -> list[int]:
    """Planes of the same kind: upright ones for a wall; for floor and ceiling those that face the same way.

    Which way is up is taken from the planes' second axes: for walls it is the vertical one.
    """
    facing = planes.normals * np.sign(planes.offsets)[:, None]
    others = [index for index in range(len(facing)) if index != plane]
    up = _vertical(planes)
    if up is None:
        return [index for index in others if facing[index] @ facing[plane] > _SIMILAR]
    lean = facing @ up
    if abs(lean[plane]) < 1 - _SIMILAR:
        return [index for index in others if abs(lean[index]) < 1 - _SIMILAR]
    return [index for index in others if lean[index] * np.sign(lean[plane]) > _SIMILAR]


def _vertical(planes: PlaneLabels) -> np.ndarray | None:
    """The direction that two planes share as second axis and that lies closest to the picture's vertical."""
    along = planes.axes[:, 1]
    for index in np.argsort(-np.abs(along[:, 1])):
        if np.abs(along[index, 1]) > 0.5 and (np.abs(planes.normals @ along[index]) < 1 - _SIMILAR).any():
            return np.asarray(along[index])
    return None
