"""Screened Poisson on a regular grid: the surface through oriented points (Kazhdan and Hoppe 2013).

A function is sought whose gradient is the smoothed field of the normals and which is 0 at the points. Where
points are sparse their normals are spread over coarser cells, as in the octree of the paper. The normal
equations are solved by conjugate gradients with a multigrid cycle as preconditioner, and the level 0 is taken
by surface nets near points. Rooms fill their box well enough for a plain grid to beat an octree in time; the
result does not depend on the number of threads.
"""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int64
from numba import njit
from scipy import ndimage

from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.surface.multigrid import Multigrid, coarser, doubled
from pipeline.rooms.surface.surface_nets import surface_nets

#: nodes of the grid at most, count; set by hand: 80 MB for each of its arrays of 32-bit numbers
_MOST_NODES = 20_000_000
#: cells grow by this where there would be more, ratio; set by hand, effect not measured
_CELL_GROWTH = 1.05
#: cells around the points, count; by definition: what the coarsest spread reaches
_PAD_CELLS = 8
#: weight of "0 at the points" against "gradient as the normals say" (``pointWeight`` of the paper's code),
#: none; set by hand, effect by itself not measured: F at 200k, 400k and 800k points of scenenet .959, .951 and
#: .963 beside .894, .899 and .909 of the seed's two passes (benchmarks.surface, closing note of stop 14)
_SCREENING = 8.0
#: points that a cell should hold before normals are spread over one of its size, count; the paper's code
#: (``samplesPerNode``)
_PER_CELL = 1.5
#: normals are spread over cells so many times twice as large at most, count; set by hand, effect not measured
_COARSEST_SPREAD = 3
#: value of a smoothed count at points of a plane that has one point for each square of the grid, none; by
#: definition
_ON_PLANE = 0.4167
#: least count that a density is taken from, count; by definition: keeps a quotient finite
_LEAST_COUNT = 1e-3
#: weights of a quadratic B-spline's neighbours, shares; by definition
_KERNEL = (0.25, 0.5, 0.25)
#: corners of a cell, count; by definition
_CUBE_CORNERS = 8
#: residual at which the equations are solved, share of the right side; set by hand, effect not measured
_TOLERANCE = 2e-3
#: turns of conjugate gradients at most, count; set by hand, effect not measured
_MOST_TURNS = 16
#: where the equations begin and how much of the bar of progress they take, shares; set by hand
_EQUATIONS = (0.1, 0.7)


@dataclass(frozen=True)
class _Corners:
    """The eight nodes around every point: flat index of the first, and where between them the point is."""

    first: Int64[np.ndarray, " N"]
    part: Float32[np.ndarray, "N 3"]


def screened_poisson(
    points: Float[np.ndarray, "N 3"],
    normals: Float[np.ndarray, "N 3"],
    cell: float,
    reach: float,
    progress: Progress | None = None,
) -> tuple[Float[np.ndarray, "V 3"], Int[np.ndarray, "F 3"]]:
    """Vertices and faces of the surface through oriented points.

    Args:
        points: at least one, spread over the surface.
        normals: unit normals; faces turn counter-clockwise seen from where they point to.
        cell: length of the grid's cells; larger where the grid would not fit into memory.
        reach: only the surface within about this distance of a point is made.

    Raises:
        ValueError: no points, shapes that do not match, values that are not finite, or lengths not above 0.
    """
    _check(points, normals, cell, reach)
    progress = progress or Progress()
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    while np.prod(np.ceil(extent / cell) + 2 * _PAD_CELLS + 1) > _MOST_NODES:
        cell *= _CELL_GROWTH
    shape = tuple(int(n) + 2 * _PAD_CELLS + 1 for n in np.ceil(extent / cell))
    at = ((points - low) / cell + _PAD_CELLS).astype(np.float32)
    area = _area_of_points(at, shape)
    right = _divergence(at, normals.astype(np.float32), area, shape)
    with ThreadPoolExecutor(usable_threads()) as pool:
        value = _solved(right, _corners_of(at, shape), np.float32(_SCREENING) * area, pool, progress)
    vertices, faces = surface_nets(value, _near(at, shape, reach / cell))
    return (vertices - _PAD_CELLS) * cell + low, faces


def _check(points: np.ndarray, normals: np.ndarray, cell: float, reach: float) -> None:
    if points.shape != normals.shape or points.ndim != 2 or points.shape[1] != 3 or len(points) == 0:
        raise ValueError("points and normals of one shape (N, 3), N >= 1, are needed")
    if not (np.isfinite(points).all() and np.isfinite(normals).all() and cell > 0 and reach >= 0):
        raise ValueError("finite points and normals, a cell above 0 and a reach of at least 0 are needed")


def _corners_of(at: Float32[np.ndarray, "N 3"], shape: tuple[int, ...]) -> _Corners:
    """The nodes around points, in units of the grid; no point may lie on or beyond the last node."""
    whole = np.floor(at).astype(np.int64)
    first = (whole[:, 0] * shape[1] + whole[:, 1]) * shape[2] + whole[:, 2]
    return _Corners(first, np.ascontiguousarray(at - whole, dtype=np.float32))


@njit(cache=True, nogil=True)
def _splat(first, part, weight, grid):  # type: ignore[no-untyped-def]
    """Adds weights to the nodes around points (trilinear)."""
    flat = grid.ravel()
    dx, dy = grid.shape[1] * grid.shape[2], grid.shape[2]
    for n in range(len(first)):
        i, u, v, w = first[n], part[n, 0], part[n, 1], part[n, 2]
        for a in range(2):
            for b in range(2):
                share = weight[n] * (u if a else 1 - u) * (v if b else 1 - v)
                k = i + a * dx + b * dy
                flat[k] += share * (1 - w)
                flat[k + 1] += share * w


@njit(cache=True, nogil=True)
def _sample(first, part, grid, out):  # type: ignore[no-untyped-def]
    """Values of a grid at points (trilinear)."""
    flat = grid.ravel()
    dx, dy = grid.shape[1] * grid.shape[2], grid.shape[2]
    for n in range(len(first)):
        i, u, v, w = first[n], part[n, 0], part[n, 1], part[n, 2]
        total = np.float32(0)
        for a in range(2):
            for b in range(2):
                k = i + a * dx + b * dy
                total += (u if a else 1 - u) * (v if b else 1 - v) * ((1 - w) * flat[k] + w * flat[k + 1])
        out[n] = total


@njit(cache=True, nogil=True)
def _dot(one, two):  # type: ignore[no-untyped-def]
    total = 0.0
    a, b = one.ravel(), two.ravel()
    for k in range(a.size):
        total += a[k] * b[k]
    return total


def _smoothed(grid: Float32[np.ndarray, "X Y Z"]) -> Float32[np.ndarray, "X Y Z"]:
    for axis in range(3):
        grid = ndimage.correlate1d(grid, np.array(_KERNEL), axis=axis, mode="constant")
    return grid


def _area_of_points(at: Float32[np.ndarray, "N 3"], shape: tuple[int, ...]) -> Float32[np.ndarray, " N"]:
    """Squares of the grid that each point stands for: 1 / density."""
    coarse = coarser(shape)
    corners = _corners_of(at / 2, coarse)
    count, near = np.zeros(coarse, np.float32), np.zeros(len(at), np.float32)
    _splat(corners.first, corners.part, np.ones(len(at), np.float32), count)
    _sample(corners.first, corners.part, _smoothed(count), near)
    area: Float32[np.ndarray, " N"] = np.minimum(
        4 * np.float32(_ON_PLANE) / np.maximum(near, _LEAST_COUNT),
        np.float32(_PER_CELL * 4.0**_COARSEST_SPREAD),
    )
    return area


def _divergence(
    at: Float32[np.ndarray, "N 3"],
    normals: Float32[np.ndarray, "N 3"],
    area: Float32[np.ndarray, " N"],
    shape: tuple[int, ...],
) -> Float32[np.ndarray, "X Y Z"]:
    """Minus the divergence of the field of the normals, each spread over cells that hold enough points."""
    spread = np.clip(np.rint(0.5 * np.log2(_PER_CELL * area)), 0, _COARSEST_SPREAD).astype(int)
    shapes = [shape]
    for _ in range(int(spread.max())):
        shapes.append(coarser(shapes[-1]))
    total = np.zeros(coarser(shapes[-1]), np.float32)
    for level in range(int(spread.max()), -1, -1):
        mine = spread == level
        size = 2**level
        corners = _corners_of(at[mine] / np.float32(size), shapes[level])
        here = np.zeros(shapes[level], np.float32)
        _splat_slopes(corners.first, corners.part, normals[mine] * area[mine, None] / np.float32(size**4), here)
        total = _smoothed(here) + doubled(total, shapes[level])
    return total


@njit(cache=True, nogil=True)
def _splat_slopes(first, part, vector, grid):  # type: ignore[no-untyped-def]
    """Adds minus the divergence (central differences) of vectors spread over the nodes around points."""
    flat = grid.ravel()
    steps = (grid.shape[1] * grid.shape[2], grid.shape[2], 1)
    for n in range(len(first)):
        for c in range(_CUBE_CORNERS):
            share, at = np.float32(0.5), first[n]
            for axis in range(3):
                upper = (c >> axis) & 1
                share *= part[n, axis] if upper else 1 - part[n, axis]
                at += steps[axis] * upper
            for axis in range(3):
                flat[at + steps[axis]] += share * vector[n, axis]
                flat[at - steps[axis]] -= share * vector[n, axis]


def _solved(
    right: Float32[np.ndarray, "X Y Z"],
    corners: _Corners,
    screening: Float32[np.ndarray, " N"],
    pool: Executor,
    progress: Progress,
) -> Float32[np.ndarray, "X Y Z"]:
    """Conjugate gradients: Laplacian and screening at the points."""
    lumped = np.zeros_like(right)
    _splat(corners.first, corners.part, screening, lumped)
    grids = Multigrid(lumped, pool, usable_threads())
    near = np.zeros(len(screening), np.float32)

    def applied(x: Float32[np.ndarray, "X Y Z"]) -> Float32[np.ndarray, "X Y Z"]:
        out = grids.laplacian(x)
        _sample(corners.first, corners.part, x, near)
        _splat(corners.first, corners.part, near * screening, out)
        return out

    value, residual = np.zeros_like(right), right.copy()
    first = _dot(right, right)
    direction = preconditioned = grids.cycle(residual)
    product = _dot(residual, preconditioned)
    for turn in range(_MOST_TURNS):
        progress(_EQUATIONS[0] + _EQUATIONS[1] * turn / _MOST_TURNS, "surface: equations")
        image = applied(direction)
        step = np.float32(product / max(_dot(direction, image), 1e-30))
        value += step * direction
        residual -= step * image
        if _dot(residual, residual) <= _TOLERANCE**2 * first:
            break
        preconditioned = grids.cycle(residual)
        before, product = product, _dot(residual, preconditioned)
        direction = preconditioned + np.float32(product / before) * direction
    return value


def _near(at: Float32[np.ndarray, "N 3"], shape: tuple[int, ...], reach: float) -> Bool[np.ndarray, "X Y Z"]:
    """Cells within reach of a point."""
    held = np.zeros(shape, np.float32)
    whole = np.floor(at).astype(np.int64)
    held[whole[:, 0], whole[:, 1], whole[:, 2]] = 1.0
    for axis in range(3):
        held = ndimage.maximum_filter1d(held, 2 * int(np.ceil(reach)) + 1, axis=axis)
    near: Bool[np.ndarray, "X Y Z"] = held > 0
    return near
