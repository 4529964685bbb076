"""Walls, floor and ceiling where something stands before them: planes in the colours around."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from scipy.spatial import cKDTree

from pipeline.machine import usable_threads
from pipeline.rooms.scene import Source, View
from pipeline.rooms.single_photo import Part, face_grid, triangles
from pipeline.rooms.surface import Surface

#: a photo looked through a point whose depth there is larger by this, ratio; that of side_patches.py. A point
#: whose depth there is smaller by this is hidden
_THROUGH = 1.06
#: nearer to a camera than this nothing is looked at, metres; by definition
_NEAR_M = 0.05
#: a place this near to the surface is there already, metres; half the spacing of the grid
_THERE_M = 0.03
#: vertices this near to a side have its colours, metres; set by hand, effect not measured
_ON_SIDE_M = 0.08
#: of so many of them the colour is the mean, count; that of side_patches.py
_COLOUR_NEIGHBOURS = 16
#: length within which they count about alike, metres; that of side_patches.py
_COLOUR_M = 0.1


class Sight(IntEnum):
    """What photos say of a place: none shows it, it is hidden, a surface is there, or one looks through it."""

    UNSEEN = 0
    HIDDEN = 1
    THERE = 2
    THROUGH = 3


def sight(points: Float[np.ndarray, "N 3"], views: Sequence[View]) -> Int[np.ndarray, " N"]:
    """The strongest :class:`Sight` of any photo for each point of the room."""
    found = np.full(len(points), Sight.UNSEEN, np.int64)
    for view in views:
        local = (points - view.centre) @ view.world_from_camera[:3, :3]
        height, width = view.source.shape
        pixel = np.rint((local @ view.K.T)[:, :2] / np.maximum(local[:, 2:], _NEAR_M))
        shown = (local[:, 2] > _NEAR_M) & (pixel >= 0).all(axis=1) & (pixel < [width, height]).all(axis=1)
        column, row = np.clip(pixel, 0, [width - 1, height - 1]).astype(np.int64).T
        ratio = view.depth_m()[row, column] / np.maximum(local[:, 2], _NEAR_M)
        seen = np.where(
            ratio > _THROUGH, Sight.THROUGH, np.where(ratio < 1 / _THROUGH, Sight.HIDDEN, Sight.THERE)
        )
        found = np.maximum(found, np.where(shown, seen, Sight.UNSEEN))
    return found


def hidden_sides(
    views: Sequence[View], surface: Surface, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]
) -> Part:
    """The parts of the box's faces that photos hide, through which none looks, and where no surface is yet.

    Args:
        views: the photos.
        surface: made from them.
        low, high: corners of the box, metres in the room frame.
    """
    return Part.joined([_face(number, views, surface, (low, high)) for number in range(2 * len(low))])


def _face(
    number: int,
    views: Sequence[View],
    surface: Surface,
    box: tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]],
) -> Part:
    vertices, index = face_grid(number, *box)
    seen = sight(vertices, views)
    missing = (seen == Sight.HIDDEN) & (surface.distance_to(vertices) > _THERE_M)
    missing_near, settled, open_air = (
        _corners(part[index]) for part in (missing, seen != Sight.HIDDEN, seen == Sight.THROUGH)
    )
    cells = np.any(missing_near, axis=0) & ~np.all(settled, axis=0) & ~np.any(open_air, axis=0)
    faces = triangles(index, np.asarray(cells))
    used, renamed = np.unique(faces[:, ::-1] if number % 2 else faces, return_inverse=True)
    places = vertices[used]
    return Part(
        places,
        renamed.reshape(-1, 3),
        _colors(places, number, surface, box),
        np.full(len(used), Source.GENERATED, np.uint8),
        np.full((len(used), 2), np.nan),
    )


def _corners(grid: Bool[np.ndarray, "A B"]) -> Bool[np.ndarray, "4 C D"]:
    """The four corners of each cell."""
    return np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]])


def _colors(
    places: Float[np.ndarray, "N 3"],
    number: int,
    surface: Surface,
    box: tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]],
) -> UInt8[np.ndarray, "N 3"]:
    """Colours of the surface around on the same side, else its usual colour."""
    axis, upper = divmod(number, 2)
    on = np.abs(surface.vertices[:, axis] - box[upper][axis]) < _ON_SIDE_M
    if not on.any() or not len(places):
        usual = np.median(surface.colors, axis=0)
        return np.broadcast_to(np.rint(usual).astype(np.uint8), (len(places), 3)).copy()
    count = min(_COLOUR_NEIGHBOURS, int(on.sum()))
    distance, nearest = cKDTree(surface.vertices[on]).query(places, k=count, workers=usable_threads())
    weight = 1.0 / (distance.reshape(len(places), -1, 1) + _COLOUR_M)
    around = surface.colors[on][nearest.reshape(len(places), -1)].astype(np.float64)
    mean = (around * weight).sum(axis=1) / weight.sum(axis=1)
    colors: UInt8[np.ndarray, "N 3"] = np.rint(mean).astype(np.uint8)
    return colors
