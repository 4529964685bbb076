"""A room as plain arrays, for the kernels."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np


class Side(IntEnum):
    """What a pixel belongs to. A thing stands out by more than about 15 cm; what is thinner (pictures,
    screens, curtains, rugs, doors) belongs to the surface that it lies on."""

    FLOOR = 0
    CEILING = 1
    WALL = 2
    THING = 3
    OPENING = 4
    MIRROR = 5


class Arrays(NamedTuple):
    """What the kernels read.

    Attributes:
        geo: (N, 16) primitives: centre, half sizes, rotation (rows are its axes in the world), shape.
        mats_of: (N, 2) material, and material of the front (local z+).
        sides, instances: (N,) of every primitive.
        mats: (M, 14) colour, second colour, texture, scale u and v, grain, gloss, emission, bend, seed.
        cells: (C, 14) the shell, lower and upper corner, and whether faces 0 to 7 touch another cell.
        slopes: (C, 2, 4) cutting planes ``n . x <= d``.
        cell_mats: (C, 6) materials of the faces, -1: outside.
        cell_sides: (C, 6).
        lights: (L, 13) centre, half sizes, normal, colour, whether the distance counts.
        ambient: (9,) light from everywhere, from the floor, towards the sun.
        sun: (3,) colour, black without sun.
        outside: (10,) sky, land, glow of the horizon, seed.
        bounds, tree, links, items: see :func:`raycast.build_tree`.
    """

    geo: np.ndarray
    mats_of: np.ndarray
    sides: np.ndarray
    instances: np.ndarray
    mats: np.ndarray
    cells: np.ndarray
    slopes: np.ndarray
    cell_mats: np.ndarray
    cell_sides: np.ndarray
    lights: np.ndarray
    ambient: np.ndarray
    sun: np.ndarray
    outside: np.ndarray
    tree: np.ndarray
    links: np.ndarray
    items: np.ndarray


class Buffers(NamedTuple):
    """What the kernels write, all of the picture's size; ``place``: u, v, half sizes of the face, shade."""

    depth: np.ndarray
    who: np.ndarray
    axis: np.ndarray
    cell: np.ndarray
    normal: np.ndarray
    radiance: np.ndarray
    side: np.ndarray
    instance: np.ndarray
    wall_depth: np.ndarray
    mat: np.ndarray
    place: np.ndarray
    key: np.ndarray
    albedo: np.ndarray
