"""Planes of which no pixel is known: colours of similar planes."""

import numpy as np
from jaxtyping import Bool, Float32

from pipeline.rooms.inpainting.hole import Hole, PlaneLabels

_SIMILAR = 0.8
_FEW = 40


def colour_hidden_planes(
    hole: Hole, picture: Float32[np.ndarray, "H W 3"], left: Bool[np.ndarray, "H W"]
) -> Bool[np.ndarray, "H W"]:
    """Give planes without a known pixel the light of similar planes (walls from walls, floor from floor).

    The colour is the median of the known pixels of similar planes; planes without a similar one are left to the
    patches of the neighbourhood.

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
        colour = np.median(picture[like], axis=0)
        picture[here] = colour
        written |= here
    return written


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
