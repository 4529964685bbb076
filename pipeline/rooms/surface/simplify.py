"""Fewer faces for flat parts of a mesh: adaptive vertex clustering (Schaefer and Warren 2003) in linear time.

Vertices that lie in one cubic cell become one where the surface in that cell is flat; cells grow by powers of
two as long as it stays flat. Where it is not flat vertices stay as they are.
"""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

#: cells grow so many times twice as large at most, count; set by hand: 16 edges of a mesh
_LEVELS = 4
#: flatness that is asked for first, relaxed until the faces are few enough, share of the smallest cell; set by
#: hand, effect not measured
_FIRST_TOLERANCE = 0.08
#: by which it is relaxed, ratio; set by hand, effect not measured
_RELAXATION = 1.6
#: length of the mean of a cell's unit normals that a flat cell has at least, share; set by hand: they turn by
#: about 18 degrees
_ALIGNED = 0.95


def vertex_normals(
    vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"]
) -> Float[np.ndarray, "V 3"]:
    """Unit normals of the vertices, weighted by the area of the faces around them (zero without any)."""
    corner = vertices[faces]
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    n, at = len(vertices), faces.reshape(-1)
    total = np.stack([np.bincount(at, np.repeat(cross[:, k], 3), n) for k in range(3)], axis=1)
    unit: Float[np.ndarray, "V 3"] = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return unit


def components(faces: Int[np.ndarray, "F 3"], vertex_count: int) -> Int[np.ndarray, " F"]:
    """Number of the connected piece that each face belongs to."""
    a, b = faces[:, [0, 1]].reshape(-1), faces[:, [1, 2]].reshape(-1)
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(vertex_count, vertex_count))
    _, of_vertex = connected_components(graph, directed=False)
    piece: Int[np.ndarray, " F"] = of_vertex[faces[:, 0]]
    return piece


def compacted(
    vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"]
) -> tuple[Float[np.ndarray, "W 3"], Int[np.ndarray, "F 3"]]:
    """Without the vertices that no face uses."""
    used = np.zeros(len(vertices), bool)
    used[faces.reshape(-1)] = True
    return vertices[used], (np.cumsum(used) - 1)[faces]


def simplify(
    vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"], max_faces: int, cell: float
) -> tuple[Float[np.ndarray, "W 3"], Int[np.ndarray, "G 3"]]:
    """A mesh of at most about ``max_faces`` faces; flat parts lose theirs first.

    Args:
        cell: usual length of an edge of the mesh.
    """
    if max_faces < 1 or cell <= 0:
        raise ValueError("max_faces >= 1 and a cell above 0 are needed")
    normals, size = vertex_normals(vertices, faces), cell
    while len(faces) > max_faces:
        rim = _rim(faces, len(vertices))
        cells, bumps = zip(
            *(_cells(vertices, normals, 2.0**k * size) for k in range(1, _LEVELS + 1)), strict=True
        )
        tolerance = _FIRST_TOLERANCE * cell
        cluster = _clusters(list(cells), list(bumps), rim, tolerance)
        while int(cluster.max()) + 1 > max_faces / 2 and tolerance < size:
            tolerance *= _RELAXATION
            cluster = _clusters(list(cells), list(bumps), rim, tolerance)
        found, few = _merged(vertices, normals, faces, cluster)
        if len(few) == len(faces) or len(few) <= max_faces:
            return found, few
        vertices, faces = found, few
        normals, size = vertex_normals(vertices, faces), 2.0 * size
    return vertices, faces


def _cells(
    vertices: Float[np.ndarray, "V 3"], normals: Float[np.ndarray, "V 3"], size: float
) -> tuple[Int[np.ndarray, " V"], Float[np.ndarray, " V"]]:
    """Cell of every vertex, and how rough its cell is (RMS, infinite if no plane fits)."""
    place = np.floor(vertices / size).astype(np.int64)
    place -= place.min(axis=0)
    shape = place.max(axis=0) + 1
    key = (place[:, 0] * shape[1] + place[:, 1]) * shape[2] + place[:, 2]
    _, index = np.unique(key, return_inverse=True)
    n = int(index.max()) + 1
    count = np.bincount(index, minlength=n)[:, None]
    centre = np.stack([np.bincount(index, vertices[:, k], n) for k in range(3)], axis=1) / count
    facing = np.stack([np.bincount(index, normals[:, k], n) for k in range(3)], axis=1) / count
    length = np.linalg.norm(facing, axis=1)
    facing /= np.maximum(length[:, None], 1e-12)
    away = ((vertices - centre[index]) * facing[index]).sum(axis=1)
    bump = np.sqrt(np.bincount(index, away**2, n) / count[:, 0])
    bump[length < _ALIGNED] = np.inf
    return index, bump[index]


def _rim(faces: Int[np.ndarray, "F 3"], vertex_count: int) -> Bool[np.ndarray, " V"]:
    """Vertices on edges with a single face."""
    ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    edges, count = np.unique(ends[:, 0].astype(np.int64) * vertex_count + ends[:, 1], return_counts=True)
    single = edges[count == 1]
    rim = np.zeros(vertex_count, bool)
    rim[single // vertex_count] = rim[single % vertex_count] = True
    return rim


def _clusters(
    cells: list[Int[np.ndarray, " V"]],
    bumps: list[Float[np.ndarray, " V"]],
    rim: Bool[np.ndarray, " V"],
    tolerance: float,
) -> Int[np.ndarray, " V"]:
    """Number of the vertex that each vertex becomes part of; the rim hardly moves, so that no gap opens."""
    n = len(cells[0])
    key, flat = np.arange(n), np.ones(n, bool)
    for level, (cell, bump) in enumerate(zip(cells, bumps, strict=True), start=1):
        flat &= bump < tolerance
        if level > 1:
            flat &= ~rim
        key = np.where(flat, level * n + cell, key)
    _, cluster = np.unique(key, return_inverse=True)
    numbered: Int[np.ndarray, " V"] = cluster
    return numbered


def _merged(
    vertices: Float[np.ndarray, "V 3"],
    normals: Float[np.ndarray, "V 3"],
    faces: Int[np.ndarray, "F 3"],
    cluster: Int[np.ndarray, " V"],
) -> tuple[Float[np.ndarray, "W 3"], Int[np.ndarray, "G 3"]]:
    """Clusters at the mean of their vertices; faces that lost a corner, or are there twice, are dropped.

    Faces that folded over are turned back to where their vertices looked.
    """
    n = int(cluster.max()) + 1
    count = np.bincount(cluster, minlength=n)[:, None]
    place = np.stack([np.bincount(cluster, vertices[:, k], n) for k in range(3)], axis=1) / count
    facing = np.stack([np.bincount(cluster, normals[:, k], n) for k in range(3)], axis=1)
    corner = cluster[faces]
    whole = (corner != np.roll(corner, 1, axis=1)).all(axis=1)
    corner = corner[whole]
    ordered = np.sort(corner, axis=1)
    key = (ordered[:, 0] * n + ordered[:, 1]) * n + ordered[:, 2]
    _, first = np.unique(key, return_index=True)
    corner = corner[np.sort(first)]
    a, b, c = (place[corner[:, k]] for k in range(3))
    turned = (np.cross(b - a, c - a) * facing[corner].sum(axis=1)).sum(axis=1) < 0
    corner[turned] = corner[turned, ::-1]
    return compacted(place, corner)
