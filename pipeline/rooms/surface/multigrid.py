"""Multigrid for the Laplacian with a weight at every node, on a box of nodes whose outside mirrors its inside.

One cycle is symmetric, so that it serves as preconditioner of conjugate gradients (Briggs, Henson and
McCormick, *A Multigrid Tutorial*, 2000): red-black relaxation, linear interpolation, its transpose as
restriction.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from itertools import pairwise

import numpy as np
from jaxtyping import Float32
from numba import njit

#: grids are not made coarser than this, nodes of the shortest side; set by hand, effect not measured
_SMALLEST = 6
#: relaxations on the coarsest grid, count; set by hand: it then is solved as well as the others
_COARSEST_SWEEPS = 20
#: smaller grids are not worth a second thread, nodes; set by hand for time, effect not measured
_FEWEST_NODES_FOR_THREADS = 60_000
#: neighbours of a node, count; by definition
_NEIGHBOURS = np.float32(6)
#: weight of each of four coarse nodes, share; by definition: linear interpolation
_QUARTER = np.float32(0.25)

_Grid = Float32[np.ndarray, "X Y Z"]


def coarser(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Nodes of the grid with every second node."""
    return tuple(n // 2 + 1 for n in shape)


def doubled(coarse: _Grid, shape: tuple[int, ...]) -> _Grid:
    """Linear interpolation of a grid on one with twice as many nodes."""
    fine = np.zeros(shape, np.float32)
    _interpolate(coarse, fine, 0, shape[0])
    return fine


class Multigrid:
    """Approximate inverse of the Laplacian plus a weight at every node.

    Args:
        weight: at least 0, above 0 somewhere.
        pool: for slabs of the grid.
        threads: of the pool.
    """

    def __init__(self, weight: _Grid, pool: Executor, threads: int) -> None:
        self._pool, self._threads = pool, max(1, threads)
        self._weights = [weight]
        while min(self._weights[-1].shape) > _SMALLEST:
            fine = self._weights[-1]
            coarse = np.zeros(coarser(fine.shape), np.float32)
            self._each(_restrict, coarse.shape, fine, coarse)
            self._weights.append(coarse)

    def _each(self, kernel: Callable[..., None], shape: tuple[int, ...], *arguments: object) -> None:
        """Run a kernel over slabs of the first axis."""
        if int(np.prod(shape)) < _FEWEST_NODES_FOR_THREADS or self._threads == 1:
            kernel(*arguments, 0, shape[0])
            return
        bounds = np.linspace(0, shape[0], self._threads + 1).astype(int)
        jobs = [self._pool.submit(kernel, *arguments, a, b) for a, b in pairwise(bounds.tolist())]
        for job in jobs:
            job.result()

    def laplacian(self, x: _Grid) -> _Grid:
        """Sum of the differences from each node to its neighbours."""
        out = np.empty_like(x)
        self._each(_residual, x.shape, x, _NOTHING, _NOTHING, np.float32(-1), out)
        return out

    def cycle(self, right: _Grid) -> _Grid:
        """One V-cycle from 0."""
        return self._cycle(right, 0)

    def _cycle(self, right: _Grid, level: int) -> _Grid:
        weight, scale = self._weights[level], np.float32(2.0**level)
        x = np.zeros_like(right)
        last = level + 1 == len(self._weights)
        for _ in range(_COARSEST_SWEEPS if last else 1):
            self._relax(x, right, weight, scale, (0, 1))
        if not last:
            residual = np.empty_like(right)
            self._each(_residual, x.shape, x, right, weight, scale, residual)
            coarse = np.empty(self._weights[level + 1].shape, np.float32)
            self._each(_restrict, coarse.shape, residual, coarse)
            self._each(_interpolate, x.shape, self._cycle(coarse, level + 1), x)
        for _ in range(_COARSEST_SWEEPS if last else 1):
            self._relax(x, right, weight, scale, (1, 0))
        return x

    def _relax(
        self, x: _Grid, right: _Grid, weight: _Grid, scale: np.float32, colours: tuple[int, int]
    ) -> None:
        for colour in colours:
            self._each(_relax_colour, x.shape, x, right, weight, scale, colour)


#: stands for an array that a kernel does not read, none; by definition
_NOTHING = np.zeros((1, 1, 1), np.float32)


@njit(cache=True, nogil=True, fastmath=True)
def _relax_colour(x, right, weight, scale, colour, start, stop):  # type: ignore[no-untyped-def]
    nx, ny, nz = x.shape
    for i in range(start, stop):
        a, b = max(i - 1, 0), min(i + 1, nx - 1)
        for j in range(ny):
            c, d = max(j - 1, 0), min(j + 1, ny - 1)
            for k in range((i + j + colour) & 1, nz, 2):
                e, f = max(k - 1, 0), min(k + 1, nz - 1)
                total = x[a, j, k] + x[b, j, k] + x[i, c, k] + x[i, d, k] + x[i, j, e] + x[i, j, f]
                x[i, j, k] = (right[i, j, k] + scale * total) / (_NEIGHBOURS * scale + weight[i, j, k])


@njit(cache=True, nogil=True, fastmath=True)
def _residual(x, right, weight, scale, out, start, stop):  # type: ignore[no-untyped-def]
    """What is left of the right side; with a negative scale minus that of nothing: the Laplacian itself."""
    nx, ny, nz = x.shape
    alone = scale < 0
    for i in range(start, stop):
        a, b = max(i - 1, 0), min(i + 1, nx - 1)
        for j in range(ny):
            c, d = max(j - 1, 0), min(j + 1, ny - 1)
            for k in range(nz):
                e, f = max(k - 1, 0), min(k + 1, nz - 1)
                total = x[a, j, k] + x[b, j, k] + x[i, c, k] + x[i, d, k] + x[i, j, e] + x[i, j, f]
                total -= _NEIGHBOURS * x[i, j, k]
                if alone:
                    out[i, j, k] = -total
                else:
                    out[i, j, k] = right[i, j, k] + scale * total - weight[i, j, k] * x[i, j, k]


@njit(cache=True, nogil=True, fastmath=True)
def _restrict(fine, coarse, start, stop):  # type: ignore[no-untyped-def]
    """Transpose of the interpolation."""
    nx, ny, nz = fine.shape
    row = np.zeros(nz + 4, np.float32)
    for i in range(start, stop):
        for j in range(coarse.shape[1]):
            row[:] = 0
            for a in range(max(2 * i - 1, 0), min(2 * i + 2, nx)):
                for b in range(max(2 * j - 1, 0), min(2 * j + 2, ny)):
                    share = np.float32((1.0 if a == 2 * i else 0.5) * (1.0 if b == 2 * j else 0.5))
                    for k in range(nz):
                        row[k + 1] += share * fine[a, b, k]
            for k in range(coarse.shape[2]):
                coarse[i, j, k] = row[2 * k + 1] + np.float32(0.5) * (row[2 * k] + row[2 * k + 2])


@njit(cache=True, nogil=True, fastmath=True)
def _interpolate(coarse, fine, start, stop):  # type: ignore[no-untyped-def]
    """Adds the linear interpolation of the coarse grid."""
    nz = fine.shape[2]
    row = np.zeros(coarse.shape[2] + 1, np.float32)
    for i in range(start, stop):
        a, b = i >> 1, (i + 1) >> 1
        for j in range(fine.shape[1]):
            c, d = j >> 1, (j + 1) >> 1
            for k in range(coarse.shape[2]):
                row[k] = _QUARTER * (coarse[a, c, k] + coarse[a, d, k] + coarse[b, c, k] + coarse[b, d, k])
            for k in range(nz):
                fine[i, j, k] += np.float32(0.5) * (row[k >> 1] + row[(k + 1) >> 1])
