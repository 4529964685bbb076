"""Rays against a room: a shell of cells seen from inside, and the primitives that stand in it.

World axes: x right, y up, z completing a right-handed frame; metres. A shell is a union of axis-aligned cells;
a ray that leaves one cell into another goes on, which makes L-shapes, doorways and window reveals of boxes
alone. A cell may be cut by sloping planes ``n . x <= d``. A primitive is a box, an ellipsoid or an upright
cylinder in a frame of its own (rows of its rotation are its axes in the world).
"""

import math

import numpy as np
from jaxtyping import Float
from numba import njit

#: shapes of primitives
BOX, ELLIPSOID, CYLINDER = 0, 1, 2
FAR = 1e9
_NUDGE = 1e-4
_TOUCH = 1e-3
_LEAF = 2
_MOST_CELLS = 24


@njit(cache=True, nogil=True, fastmath=True)
def hit(geo, k, qx, qy, qz, ex, ey, ez, most):  # type: ignore[no-untyped-def]
    """Distance along a ray in the primitive's frame, and the axis of the face: (FAR, 0) for a miss."""
    hx, hy, hz = geo[k, 3], geo[k, 4], geo[k, 5]
    shape = int(geo[k, 15])
    if shape == ELLIPSOID:
        return _hit_ellipsoid(qx / hx, qy / hy, qz / hz, ex / hx, ey / hy, ez / hz, most)
    ix, iy, iz = 1.0 / (ex + 1e-12), 1.0 / (ey + 1e-12), 1.0 / (ez + 1e-12)
    ay, by = (-hy - qy) * iy, (hy - qy) * iy
    low, high, axis = min(ay, by), max(ay, by), 1
    if shape == CYLINDER:
        return _hit_cylinder(qx / hx, qz / hz, ex / hx, ez / hz, low, high, most)
    a, b = (-hx - qx) * ix, (hx - qx) * ix
    near = min(a, b)
    if near > low:
        low, axis = near, 0
    high = min(high, max(a, b))
    a, b = (-hz - qz) * iz, (hz - qz) * iz
    near = min(a, b)
    if near > low:
        low, axis = near, 2
    high = min(high, max(a, b))
    if low < high and low > 1e-4 and low < most:
        return low, axis
    return FAR, 0


@njit(cache=True, nogil=True, fastmath=True)
def _hit_ellipsoid(px, py, pz, dx, dy, dz, most):  # type: ignore[no-untyped-def]
    a = dx * dx + dy * dy + dz * dz
    b = px * dx + py * dy + pz * dz
    root = b * b - a * (px * px + py * py + pz * pz - 1.0)
    if root <= 0:
        return FAR, 0
    t = (-b - math.sqrt(root)) / a
    if t > 1e-4 and t < most:
        return t, 3
    return FAR, 0


@njit(cache=True, nogil=True, fastmath=True)
def _hit_cylinder(px, pz, dx, dz, low, high, most):  # type: ignore[no-untyped-def]
    axis = 1
    a, b = dx * dx + dz * dz + 1e-12, px * dx + pz * dz
    root = b * b - a * (px * px + pz * pz - 1.0)
    if root <= 0:
        return FAR, 0
    root = math.sqrt(root)
    near = (-b - root) / a
    if near > low:
        low, axis = near, 4
    high = min(high, (-b + root) / a)
    if low < high and low > 1e-4 and low < most:
        return low, axis
    return FAR, 0


@njit(cache=True, nogil=True, fastmath=True)
def into(geo, k, x, y, z):  # type: ignore[no-untyped-def]
    """A direction of the world in the frame of primitive ``k``."""
    return (
        geo[k, 6] * x + geo[k, 7] * y + geo[k, 8] * z,
        geo[k, 9] * x + geo[k, 10] * y + geo[k, 11] * z,
        geo[k, 12] * x + geo[k, 13] * y + geo[k, 14] * z,
    )


@njit(cache=True, nogil=True, fastmath=True)
def hit_world(geo, k, ox, oy, oz, dx, dy, dz, most):  # type: ignore[no-untyped-def]
    """As :func:`hit`, for a ray in the world."""
    qx, qy, qz = into(geo, k, ox - geo[k, 0], oy - geo[k, 1], oz - geo[k, 2])
    ex, ey, ez = into(geo, k, dx, dy, dz)
    return hit(geo, k, qx, qy, qz, ex, ey, ez, most)


@njit(cache=True, nogil=True)
def bounds_of(geo):  # type: ignore[no-untyped-def]
    """World bounding boxes of all primitives, shape (N, 6)."""
    bounds = np.empty((geo.shape[0], 6))
    for k in range(geo.shape[0]):
        for a in range(3):
            reach = 0.0
            for b in range(3):
                reach += abs(geo[k, 6 + 3 * b + a]) * geo[k, 3 + b]
            bounds[k, a], bounds[k, 3 + a] = geo[k, a] - reach, geo[k, a] + reach
    return bounds


@njit(cache=True, nogil=True)
def build_tree(bounds):  # type: ignore[no-untyped-def]
    """A bounding volume tree split at medians.

    Returns:
        boxes (M, 6); links (M, 3): first child or first item, number of items (0 inside), unused; items (N,).
    """
    n = bounds.shape[0]
    boxes, links = np.zeros((2 * n + 1, 6)), np.zeros((2 * n + 1, 2), np.int64)
    items = np.arange(n)
    stack = [(0, 0, n)]
    made = 1
    while len(stack) > 0:
        node, first, last = stack.pop()
        boxes[node, :3], boxes[node, 3:] = FAR, -FAR
        for i in range(first, last):
            for a in range(3):
                boxes[node, a] = min(boxes[node, a], bounds[items[i], a])
                boxes[node, 3 + a] = max(boxes[node, 3 + a], bounds[items[i], 3 + a])
        if last - first <= _LEAF:
            links[node, 0], links[node, 1] = first, last - first
            continue
        axis = np.argmax(boxes[node, 3:] - boxes[node, :3])
        middles = np.empty(last - first)
        for i in range(first, last):
            middles[i - first] = bounds[items[i], axis] + bounds[items[i], 3 + axis]
        items[first:last] = items[first:last][np.argsort(middles)]
        half = (first + last) // 2
        links[node, 0] = made
        stack.append((made, first, half))
        stack.append((made + 1, half, last))
        made += 2
    return boxes[:made], links[:made], items


@njit(cache=True, nogil=True, fastmath=True)
def _meets(boxes, n, ox, oy, oz, ix, iy, iz, most):  # type: ignore[no-untyped-def]
    a, b = (boxes[n, 0] - ox) * ix, (boxes[n, 3] - ox) * ix
    low, high = min(a, b), max(a, b)
    a, b = (boxes[n, 1] - oy) * iy, (boxes[n, 4] - oy) * iy
    low, high = max(low, min(a, b)), min(high, max(a, b))
    a, b = (boxes[n, 2] - oz) * iz, (boxes[n, 5] - oz) * iz
    low, high = max(low, min(a, b)), min(high, max(a, b))
    return low <= high and high > 0 and low < most


@njit(cache=True, nogil=True, fastmath=True)
def nearest(geo, boxes, links, items, stack, ox, oy, oz, dx, dy, dz, most, any_hit):  # type: ignore[no-untyped-def]
    """First primitive that a ray meets before ``most``: distance, index (-1: none), axis; or just any one."""
    best, who, axis = most, -1, 0
    if geo.shape[0] == 0:
        return best, who, axis
    ix, iy, iz = 1.0 / (dx + 1e-12), 1.0 / (dy + 1e-12), 1.0 / (dz + 1e-12)
    stack[0] = 0
    top = 1
    while top > 0:
        top -= 1
        n = stack[top]
        if not _meets(boxes, n, ox, oy, oz, ix, iy, iz, best):
            continue
        count = links[n, 1]
        if count == 0:
            stack[top], stack[top + 1] = links[n, 0], links[n, 0] + 1
            top += 2
            continue
        for i in range(links[n, 0], links[n, 0] + count):
            t, face = hit_world(geo, items[i], ox, oy, oz, dx, dy, dz, best)
            if t < best:
                best, who, axis = t, items[i], face
                if any_hit:
                    return best, who, axis
    return best, who, axis


def with_openings(cells: Float[np.ndarray, "C 6"]) -> Float[np.ndarray, "C 14"]:
    """Corners of cells (C, 6) and eight more columns: whether a face touches another cell and rays go on."""
    marked = np.zeros((len(cells), 14))
    marked[:, :6], marked[:, 12:] = cells, len(cells) > 1
    for c, face in np.ndindex(len(cells), 6):
        axis, others = face // 2, [k for k in range(3) if k != face // 2]
        plane = cells[c, axis + 3 * (face % 2)]
        for d in range(len(cells)):
            beside = all(cells[d, k] <= cells[c, 3 + k] and cells[d, 3 + k] >= cells[c, k] for k in others)
            reaches = cells[d, axis] <= plane + _TOUCH and cells[d, 3 + axis] >= plane - _TOUCH
            if d != c and beside and reaches:
                marked[c, 6 + face] = 1.0
    return marked


@njit(cache=True, nogil=True, fastmath=True)
def inside(cells, slopes, c, x, y, z):  # type: ignore[no-untyped-def]
    """Whether a point lies in cell ``c``."""
    if x < cells[c, 0] or x > cells[c, 3] or y < cells[c, 1] or y > cells[c, 4]:
        return False
    if z < cells[c, 2] or z > cells[c, 5]:
        return False
    for s in range(2):
        if (
            slopes[c, s, 1] != 0.0
            and slopes[c, s, 0] * x + slopes[c, s, 1] * y + slopes[c, s, 2] * z > slopes[c, s, 3]
        ):
            return False
    return True


@njit(cache=True, nogil=True, fastmath=True)
def cell_of(cells, slopes, not_this, x, y, z):  # type: ignore[no-untyped-def]
    """A cell other than ``not_this`` that holds a point, or -1."""
    for c in range(cells.shape[0]):
        if c != not_this and inside(cells, slopes, c, x, y, z):
            return c
    return -1


@njit(cache=True, nogil=True, fastmath=True)
def _leave(cells, slopes, c, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Where a ray leaves cell ``c``: distance, and face: 0 to 5 (x-, x+, y-, y+, z-, z+) or slope (6, 7)."""
    t, face = FAR, 0
    if dx != 0.0:
        t, face = ((cells[c, 3] - ox) / dx, 1) if dx > 0 else ((cells[c, 0] - ox) / dx, 0)
    if dy != 0.0:
        far = (cells[c, 4] - oy) / dy if dy > 0 else (cells[c, 1] - oy) / dy
        if far < t:
            t, face = far, 3 if dy > 0 else 2
    if dz != 0.0:
        far = (cells[c, 5] - oz) / dz if dz > 0 else (cells[c, 2] - oz) / dz
        if far < t:
            t, face = far, 5 if dz > 0 else 4
    for s in range(2):
        if slopes[c, s, 1] == 0.0:
            continue
        along = slopes[c, s, 0] * dx + slopes[c, s, 1] * dy + slopes[c, s, 2] * dz
        if along > 1e-9:
            gap = slopes[c, s, 3] - slopes[c, s, 0] * ox - slopes[c, s, 1] * oy - slopes[c, s, 2] * oz
            if gap / along < t:
                t, face = gap / along, 6 + s
    return t, face


@njit(cache=True, nogil=True, fastmath=True)
def shell_hit(cells, slopes, start, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Where a ray from inside cell ``start`` meets the shell: distance, cell, face."""
    c, t, face = start, 0.0, 0
    for _ in range(_MOST_CELLS):
        t, face = _leave(cells, slopes, c, ox, oy, oz, dx, dy, dz)
        if cells[c, 6 + face] == 0.0:
            break
        past = t + _NUDGE
        on = cell_of(cells, slopes, c, ox + past * dx, oy + past * dy, oz + past * dz)
        if on < 0:
            break
        c = on
    return t, c, face
