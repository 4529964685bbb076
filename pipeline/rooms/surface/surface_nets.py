"""Surface nets: a mesh through the level 0 of a function on a grid (Gibson 1998)."""

import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from numba import njit

#: faces around a vertex of a closed net at most, count; by definition: two for each of three edges
_FACES_OF_VERTEX = 6


def surface_nets(
    value: Float32[np.ndarray, "X Y Z"], wanted: Bool[np.ndarray, "X Y Z"]
) -> tuple[Float[np.ndarray, "V 3"], Int[np.ndarray, "F 3"]]:
    """Vertices, in units of the grid, and faces of the level 0, counter-clockwise seen from positive values.

    Args:
        value: at the nodes of the grid.
        wanted: cells that may get a vertex, by their lowest node.
    """
    number = np.full(value.shape, -1, np.int32)
    vertices, count = _vertices(value, wanted, number)
    vertices = vertices[:count].astype(np.float64)
    faces, n = _faces(value, number, vertices)
    return vertices, faces[:n]


@njit(cache=True, nogil=True)
def _crossings(value, i, j, k):  # type: ignore[no-untyped-def]
    """Sum of the places where the twelve edges of a cell are crossed, and their number."""
    x, y, z, crossed = 0.0, 0.0, 0.0, 0
    for axis in range(3):
        for b in range(2):
            for c in range(2):
                p = i + (0 if axis == 0 else b)
                q = j + (0 if axis == 1 else (b if axis == 0 else c))
                r = k + (0 if axis == 2 else c)
                one = value[p, q, r]
                two = value[p + (axis == 0), q + (axis == 1), r + (axis == 2)]
                if (one > 0) == (two > 0):
                    continue
                t = one / (one - two)
                x += p + (t if axis == 0 else 0.0)
                y += q + (t if axis == 1 else 0.0)
                z += r + (t if axis == 2 else 0.0)
                crossed += 1
    return x, y, z, crossed


@njit(cache=True, nogil=True)
def _vertices(value, wanted, number):  # type: ignore[no-untyped-def]
    """A vertex amid the crossings of every wanted cell that has some; ``number`` gets its number."""
    vertices = np.zeros((wanted.sum(), 3), np.float32)
    n = 0
    for i in range(value.shape[0] - 1):
        for j in range(value.shape[1] - 1):
            for k in range(value.shape[2] - 1):
                if not wanted[i, j, k]:
                    continue
                x, y, z, crossed = _crossings(value, i, j, k)
                if crossed == 0:
                    continue
                vertices[n, 0], vertices[n, 1], vertices[n, 2] = x / crossed, y / crossed, z / crossed
                number[i, j, k] = n
                n += 1
    return vertices, n


@njit(cache=True, nogil=True)
def _around(number, i, j, k, axis, corner):  # type: ignore[no-untyped-def]
    """Vertices of the four cells around an edge, counter-clockwise seen from its far end; whether all exist."""
    for c in range(4):
        u, v = (1 if c in (1, 2) else 0), (1 if c in (2, 3) else 0)
        a = i if axis == 0 else i - 1 + (v if axis == 1 else u)
        b = j if axis == 1 else j - 1 + (u if axis == 0 else v)
        d = k if axis == 2 else k - 1 + (v if axis == 0 else u)
        corner[c] = number[a, b, d]
    return corner.min() >= 0


@njit(cache=True, nogil=True)
def _faces(value, number, vertices):  # type: ignore[no-untyped-def]
    """Two triangles, along the shorter diagonal, for every crossed edge whose four cells have vertices."""
    faces = np.zeros((_FACES_OF_VERTEX * len(vertices), 3), np.int64)
    corner = np.zeros(4, np.int64)
    n = 0
    for i in range(1, value.shape[0] - 1):
        for j in range(1, value.shape[1] - 1):
            for k in range(1, value.shape[2] - 1):
                if number[i, j, k] < 0:
                    continue
                for axis in range(3):
                    one = value[i, j, k] > 0
                    two = value[i + (axis == 0), j + (axis == 1), k + (axis == 2)] > 0
                    if one == two or not _around(number, i, j, k, axis, corner):
                        continue
                    a, b, c, d = corner
                    if one:
                        b, d = d, b
                    if _apart2(vertices, a, c) <= _apart2(vertices, b, d):
                        _put(faces, n, a, b, c)
                        _put(faces, n + 1, a, c, d)
                    else:
                        _put(faces, n, a, b, d)
                        _put(faces, n + 1, b, c, d)
                    n += 2
    return faces, n


@njit(cache=True, nogil=True)
def _apart2(vertices, a, b):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(3):
        total += (vertices[a, k] - vertices[b, k]) ** 2
    return total


@njit(cache=True, nogil=True)
def _put(faces, n, a, b, c):  # type: ignore[no-untyped-def]
    faces[n, 0], faces[n, 1], faces[n, 2] = a, b, c
